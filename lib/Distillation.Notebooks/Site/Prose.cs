using System.Net;
using Markdig;
using Markdig.Extensions.Mathematics;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using MarkdownTable = Markdig.Extensions.Tables.Table;
using TableRenderer = Markdig.Extensions.Tables.HtmlTableRenderer;

namespace Distillation.Notebooks.Site;

/// <summary>
/// The text cells of one page: Markdown as GitHub reads it, with tables and formulas, as HTML. Formulas come out as their LaTeX in elements of the class <c>math</c>, for the page to
/// typeset; C# is highlighted; links lead where the site has what they name.
/// </summary>
/// <param name="links">Where links lead.</param>
internal sealed class Prose(Links links)
{
    private static readonly MarkdownPipeline pipeline = WithFormulas(new MarkdownPipelineBuilder().UsePipeTables().UseAutoLinks().UseTaskLists()
        .UseEmphasisExtras(Markdig.Extensions.EmphasisExtras.EmphasisExtraOptions.Strikethrough)).Build();

    private readonly HeadingNames names = new();
    private readonly List<Heading> headings = [];
    private readonly Dictionary<string, string> taken = [];
    private readonly List<string> complaints = [];

    /// <summary>All headings so far, in order.</summary>
    public IReadOnlyList<Heading> Headings => headings;

    /// <summary>Files that come along: their place in the site, and where they lie.</summary>
    public IReadOnlyDictionary<string, string> Taken => taken;

    /// <summary>Links that lead nowhere, each with its reason.</summary>
    public IReadOnlyList<string> Complaints => complaints;

    /// <summary>What a page says first: the words of its first paragraph, without links; empty without one.</summary>
    public string Opening { get; private set; } = "";

    /// <summary>A text cell, or an output in Markdown, as HTML.</summary>
    /// <param name="markdown">The text.</param>
    /// <param name="attachments">The pictures that its cell carries.</param>
    /// <param name="isOutput">Whether a cell made it: its headings are not those of the page.</param>
    public string Html(string markdown, IReadOnlyDictionary<string, MimeBundle> attachments, bool isOutput = false)
    {
        var document = Markdown.Parse(markdown, pipeline);
        foreach (var link in document.Descendants<LinkInline>().ToList())
        {
            Lead(link, attachments);
        }

        foreach (var heading in document.Descendants<HeadingBlock>().Where(_ => !isOutput))
        {
            var text = Words(heading.Inline);
            heading.GetAttributes().Id = names.Next(text);
            headings.Add(new(heading.Level, heading.GetAttributes().Id!, Inline(heading.Inline), text));
        }

        if (Opening.Length == 0 && !isOutput && Markdown.Parse(markdown, pipeline).OfType<ParagraphBlock>().FirstOrDefault()?.Inline is { } first)
        {
            Opening = Inline(Whole(first));
        }

        return Rendered(document);
    }

    // Before anything else is looked for: what is in a formula is LaTeX.
    private static MarkdownPipelineBuilder WithFormulas(MarkdownPipelineBuilder builder)
    {
        builder.BlockParsers.Insert(0, new MathBlockParser());
        builder.InlineParsers.Insert(0, new FormulaParser());
        return builder;
    }

    // Blocks of one cell share what they leave open.
    private static string Rendered(MarkdownObject part, bool withLinks = true)
    {
        var writer = new StringWriter { NewLine = "\n" };
        var renderer = new HtmlRenderer(writer);
        pipeline.Setup(renderer);
        var markup = new SafeMarkup();
        Use<MarkdownTable>((html, table) => Framed(html, table, new TableRenderer()));
        Use<MathInline>((html, math) => html.Write($"<span class=\"math{(math.DelimiterCount > 1 ? " display" : "")}\">{WebUtility.HtmlEncode(math.Content.ToString().Trim())}</span>"));
        Use<CodeBlock>((html, code) => html.EnsureLine().WriteLine(Code(code)));
        // What comes last is asked first, and a block of a formula is one of code to the library.
        Use<MathBlock>((html, math) => html.EnsureLine().WriteLine($"<div class=\"math display\">{WebUtility.HtmlEncode(math.Lines.ToString().Trim())}</div>"));
        Use<HtmlBlock>((html, raw) => html.EnsureLine().WriteLine(markup.Filter(raw.Lines.ToString())));
        Use<HtmlInline>((html, raw) => html.Write(markup.Filter(raw.Tag)));
        Use<AutolinkInline>((html, link) => html.Write(withLinks && (link.IsEmail || Links.IsRemote(link.Url)) ? Anchor(link) : WebUtility.HtmlEncode(link.Url)));
        if (!withLinks)
        {
            Use<LinkInline>((html, link) => html.WriteChildren(link));
        }

        renderer.Render(part);
        writer.Write(markup.Close());
        return writer.ToString();

        void Use<T>(Action<HtmlRenderer, T> write)
            where T : MarkdownObject => renderer.ObjectRenderers.Insert(0, new As<T>(write));
    }

    private static string Anchor(AutolinkInline link) => $"<a href=\"{(link.IsEmail ? "mailto:" : "")}{WebUtility.HtmlEncode(link.Url)}\">{WebUtility.HtmlEncode(link.Url)}</a>";

    // A wide table scrolls in a frame of its own.
    private static void Framed(HtmlRenderer html, MarkdownTable table, TableRenderer renderer)
    {
        html.EnsureLine().Write("<div class=\"scroll\">");
        renderer.Write(html, table);
        html.WriteLine("</div>");
    }

    private static string Code(CodeBlock code) =>
        $"<pre class=\"source\"><code>{Highlighter.Html(code.Lines.ToString(), code is FencedCodeBlock { Info: { } info } ? info : "")}</code></pre>";

    // Where a link leads nowhere its words stay; a picture from the network would be fetched, so its words become the link.
    private void Lead(LinkInline link, IReadOnlyDictionary<string, MimeBundle> attachments)
    {
        // A link by reference reads its address from where that is defined.
        var named = link.GetDynamicUrl?.Invoke() ?? link.Url ?? "";
        link.GetDynamicUrl = null;
        switch (links.Of(named, attachments))
        {
            case Destination.Elsewhere(var address):
                link.Url = address;
                break;
            case Destination.Remote(var address):
                link.Url = address;
                link.IsImage = false;
                break;
            case Destination.Taken(var source, var path, var rest):
                taken[path] = source;
                link.Url = Links.Written(path) + rest;
                break;
            case Destination.Nowhere(var why):
                complaints.Add($"the link to {named} leads nowhere: {why}");
                link.ReplaceBy(new EmphasisInline { DelimiterChar = '*', DelimiterCount = 1 }, copyChildren: true);
                break;
        }
    }

    private static string Inline(ContainerInline? words) => words is null ? "" : Rendered(words, withLinks: false);

    // A paragraph that a list or a formula continues ends with its last whole sentence.
    private static ContainerInline Whole(ContainerInline words)
    {
        if (Words(words).TrimEnd() is [.., '.' or '?' or '!' or '…'])
        {
            return words;
        }

        if (words.OfType<LiteralInline>().LastOrDefault(literal => literal.Content.ToString().Contains(". ", StringComparison.Ordinal)) is { } last)
        {
            var text = last.Content.ToString();
            last.Content = new(text[..(text.LastIndexOf(". ", StringComparison.Ordinal) + 1)]);
            words.SkipWhile(inline => inline != last).Skip(1).ToList().ForEach(inline => inline.Remove());
        }

        return words;
    }

    private static string Words(Inline? inline) => inline switch
    {
        LiteralInline literal => literal.Content.ToString(),
        CodeInline code => code.Content,
        MathInline math => math.Content.ToString(),
        HtmlEntityInline entity => entity.Transcoded.ToString(),
        LineBreakInline => " ",
        ContainerInline container => string.Concat(container.Select(Words)),
        _ => "",
    };

    // A renderer is a function of what it renders.
    private sealed class As<T>(Action<HtmlRenderer, T> write) : HtmlObjectRenderer<T>
        where T : MarkdownObject
    {
        protected override void Write(HtmlRenderer renderer, T one) => write(renderer, one);
    }
}
