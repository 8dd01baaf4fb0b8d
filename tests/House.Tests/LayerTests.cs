using Xunit;

namespace GitOpsGate.House.Tests;

/// <summary>Who may know whom: the drawing of the layers, as a table.</summary>
public class LayerTests
{
    private static readonly Dictionary<string, string[]> MayKnow = new()
    {
        ["Policies"] = [],
        ["Gate"] = ["Policies"],
        ["Forges"] = ["Gate"],
        ["Targets"] = ["Gate"],
        ["Storage"] = ["Gate"],
        ["WebhookGateway"] = ["Forges", "Gate", "Policies", "Storage", "Targets"],
        ["Cli"] = ["Forges", "Gate", "Policies"],
        ["Agent"] = ["Gate"],
    };

    private static readonly Dictionary<string, string[]> MayUse = new()
    {
        ["Policies"] = [],
        ["Gate"] = ["MediatR", "System.Security.Cryptography.Pkcs", "YamlDotNet"],
        ["Forges"] = [],
        ["Targets"] = [],
        ["Storage"] =
        [
            "Microsoft.Data.Sqlite.Core", "Microsoft.EntityFrameworkCore.Sqlite.Core", "Npgsql", "Npgsql.EntityFrameworkCore.PostgreSQL",
            "SQLitePCLRaw.core", "SQLitePCLRaw.provider.e_sqlite3",
        ],
        ["WebhookGateway"] = ["MediatR", "Microsoft.AspNetCore.OpenApi"],
        ["Cli"] = ["System.CommandLine"],
        ["Agent"] = [],
    };

    public static TheoryData<string> Projects => [.. Directory.GetDirectories(Path.Combine(House.Root, "src")).Select(folder => Path.GetFileName(folder)!)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_knows_only_the_rooms_below_it(string name)
    {
        Assert.True(MayKnow.ContainsKey(name), $"`src/{name}` is not in the drawing: add it to the table with what it may know");
        House.FindsNothing(House.References($"src/{name}/{name}.csproj").Except(MayKnow[name]));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_uses_only_the_packages_it_is_allowed(string name) =>
        House.FindsNothing(House.Packages($"src/{name}/{name}.csproj").Except(MayUse[name]));

    [Fact]
    public void References_do_not_flow_on_unnamed() =>
        Assert.Contains(
            "<DisableTransitiveProjectReferences>true</DisableTransitiveProjectReferences>",
            File.ReadAllText(Path.Combine(House.Root, "Directory.Build.props")),
            StringComparison.Ordinal);

    [Fact]
    public void Only_the_gateway_speaks_ASP_NET_Core()
    {
        string[] below = ["Policies", "Gate", "Forges", "Targets", "Storage", "Cli", "Agent"];
        var found = from room in below
                    from file in House.Sources($"src/{room}")
                    where file.Lines.Any(line => line.Contains("Microsoft.AspNetCore.", StringComparison.Ordinal))
                    select file.Path;
        House.FindsNothing(found);
    }

    [Fact]
    public void The_domain_cannot_see_the_wire()
    {
        string[] wires = ["System.Net.Http", "System.Data", "Microsoft.EntityFrameworkCore", "Npgsql", "Microsoft.Data"];
        var found = from file in House.Sources("src/Gate")
                    from line in file.Lines
                    where line.StartsWith("using ", StringComparison.Ordinal) && wires.Any(wire => line.Contains(wire, StringComparison.Ordinal))
                    select $"{file.Path}: {line}";
        House.FindsNothing(found);
    }

    [Fact]
    public void Every_package_has_a_line_in_the_decisions()
    {
        var decisions = string.Concat(House.Files("docs/decisions").Select(path => File.ReadAllText(Path.Combine(House.Root, path))));
        var packages = House.Project("Directory.Packages.props").Descendants("PackageVersion").Select(p => p.Attribute("Include")!.Value);
        var silent = packages.Where(package => !decisions.Contains(package, StringComparison.Ordinal)).ToArray();
        House.FindsNothing(silent);
    }

    [Fact]
    public void Every_package_is_pinned_to_one_version()
    {
        var versions = House.Project("Directory.Packages.props").Descendants("PackageVersion").Select(p => p.Attribute("Version")!.Value);
        Assert.All(versions, version => Assert.Matches(@"^\d+\.\d+\.\d+$", version));
    }
}
