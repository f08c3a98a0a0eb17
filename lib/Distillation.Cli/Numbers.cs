using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Distillation.Cli;

/// <summary>Options that take a number within bounds: read the same in every country, and refused in one sentence that names the bounds.</summary>
internal static class Numbers
{
    /// <summary>A whole number that may be left out.</summary>
    public static Option<int?> Whole(string name, string description, int least, int most) => new(name)
    {
        Description = description,
        CustomParser = result => Parsed(result, Words(least, most), text => AsWhole(text, least, most)),
    };

    /// <summary>A whole number with a default.</summary>
    public static Option<int> Whole(string name, string description, int least, int most, int otherwise) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => otherwise,
        CustomParser = result => Parsed(result, Words(least, most), text => AsWhole(text, least, most)) ?? otherwise,
    };

    /// <summary>A number that may be left out.</summary>
    /// <param name="name">With its dashes.</param>
    /// <param name="description">For the help.</param>
    /// <param name="words">What it must be, such as <c>a number above 0</c>.</param>
    /// <param name="allowed">Asked for finite numbers only.</param>
    public static Option<double?> Real(string name, string description, string words, Func<double, bool> allowed) => new(name)
    {
        Description = description,
        CustomParser = result => Parsed(result, words, text => AsReal(text, allowed)),
    };

    /// <summary>A number with a default.</summary>
    public static Option<double> Real(string name, string description, string words, Func<double, bool> allowed, double otherwise) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => otherwise,
        CustomParser = result => Parsed(result, words, text => AsReal(text, allowed)) ?? otherwise,
    };

    private static string Words(int least, int most) => $"a whole number from {least} to {most}";

    private static int? AsWhole(string text, int least, int most) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number : null;

    private static double? AsReal(string text, Func<double, bool> allowed) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && allowed(number) ? number : null;

    // Without a token the option was not given, or has its default.
    private static T? Parsed<T>(ArgumentResult result, string words, Func<string, T?> read) where T : struct
    {
        if (result.Tokens is not [var token, ..])
        {
            return null;
        }

        var number = read(token.Value);
        if (number is null)
        {
            var name = result.Parent is OptionResult option ? option.Option.Name : result.Argument.Name;
            result.AddError($"{name} takes {words}, not '{token.Value}'");
        }

        return number;
    }
}
