using System.Reflection;

namespace Distillation.Tests;

public sealed class MethodTests
{
    [Fact]
    public void Every_factory_that_needs_no_argument_is_in_the_catalog_by_its_name()
    {
        var members = typeof(Methods).GetMembers(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Count(member => member is PropertyInfo { PropertyType: var type } && type == typeof(Method)
                || member is MethodInfo { IsSpecialName: false } made && made.ReturnType == typeof(Method) && made.GetParameters().All(p => p.HasDefaultValue));

        Assert.Equal(members, MethodCatalog.All.Count);
        Assert.Equal(members, MethodCatalog.All.Select(method => method.Name).Distinct().Count());
        Assert.Subset(MethodCatalog.All.Select(method => method.Name).ToHashSet(), new HashSet<string> { "none", "kd" });
        Assert.All(MethodCatalog.All, method => Assert.Equal(method.Text, MethodCatalog.Named(method.Name).Text));
    }

    [Fact]
    public void Every_method_says_where_it_was_published_and_what_its_terms_are()
    {
        Assert.All(MethodCatalog.All, method =>
        {
            Assert.NotEmpty(method.Citation);
            Assert.True(method.Version > 0);
            var terms = method.Prepare(Toy.ResNet, Toy.ResNet).Terms;
            Assert.NotEmpty(terms);
            Assert.Equal(terms.Count, terms.Distinct().Count());
        });
    }

    [Fact]
    public void Settings_are_given_by_name_and_the_others_keep_their_defaults()
    {
        var method = MethodCatalog.Named("kd", new Dictionary<string, double> { ["temperature"] = 2, ["hard"] = 0 });

        Assert.Equal(Methods.Hinton(temperature: 2, hard: 0).Text, method.Text);
        Assert.Equal(new Schedule.Constant(0.9), method.Settings.Single(s => s.Name == "weight").Value);
    }

    [Fact]
    public void A_name_that_is_no_methods_gives_the_names_there_are()
    {
        var error = Assert.Throws<BadInput>(() => MethodCatalog.Named("kdd"));

        Assert.Equal($"There is no method 'kdd'; perhaps dkd or kd is meant: choose one of {string.Join(", ", MethodCatalog.All.Select(m => m.Name))}.", error.Message);
    }

    [Fact]
    public void A_setting_that_a_method_lacks_gives_those_it_has()
    {
        var unknown = Assert.Throws<BadInput>(() => MethodCatalog.Named("kd", new Dictionary<string, double> { ["tau"] = 2 }));
        var none = Assert.Throws<BadInput>(() => MethodCatalog.Named("none", new Dictionary<string, double> { ["weight"] = 2 }));

        Assert.Equal("The method 'kd' has no setting 'tau': it has temperature, weight, hard.", unknown.Message);
        Assert.Equal("The method 'none' has no setting 'weight': it has none.", none.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    public void A_temperature_that_is_not_above_0_is_refused_before_anything_is_trained(double temperature)
    {
        var error = Assert.Throws<BadInput>(() => MethodCatalog.Named("kd", new Dictionary<string, double> { ["temperature"] = temperature }));

        Assert.Contains("temperature", error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Throws<BadInput>(() => Methods.Hinton(new Schedule.Linear(4, 0)));
    }

    [Fact]
    public void The_text_of_a_method_changes_with_its_name_its_version_and_every_setting()
    {
        var kd = Methods.Hinton();
        Method[] methods =
        [
            kd, Methods.None, kd with { Name = "kd2" }, kd with { Version = 2 },
            Methods.Hinton(temperature: 5), Methods.Hinton(weight: 0.8), Methods.Hinton(hard: 0.2),
            Methods.Hinton(weight: new Schedule.Linear(0.9, 0.9)), Methods.Hinton(weight: new Schedule.Linear(0.9, 0.8)),
            Methods.Hinton(weight: new Schedule.Join(new Schedule.Cosine(0, 1), 0.5, 1)), Methods.Hinton(weight: new Schedule.MultiStep(1, 0.1, [0.5, 0.6])),
            Methods.Hinton(weight: new Schedule.MultiStep(1, 0.1, [0.5, 0.7])),
        ];

        Assert.Equal(methods.Length, methods.Select(method => method.Text).Distinct().Count());
        Assert.Equal(kd.Text, Methods.Hinton(temperature: 4, weight: 0.9, hard: 0.1).Text);
    }

    [Fact]
    public void The_text_of_a_method_is_readable()
    {
        Assert.Equal(
            """kd v1 {"temperature":{"$type":"constant","Value":4},"weight":{"$type":"constant","Value":0.9},"hard":{"$type":"constant","Value":0.1}}""",
            Methods.Hinton().Text);
        Assert.Equal("kd(temperature 4, weight 0.9, hard 0.1)", Methods.Hinton().ToString());
        Assert.Equal("none v1 {}", Methods.None.Text);
        Assert.Equal("none", Methods.None.ToString());
    }
}
