using System.Text.RegularExpressions;
using Xunit;

namespace GitOpsGate.House.Tests;

/// <summary>The laws that a reader of text can hold.</summary>
public partial class LawTests
{
    [Fact]
    public void Namespaces_follow_folders()
    {
        var wrong = from file in House.Sources("src")
                    where file.Path.EndsWith(".cs", StringComparison.Ordinal)
                    let declared = file.Lines.FirstOrDefault(line => line.StartsWith("namespace ", StringComparison.Ordinal))
                    where declared is not null && declared.Trim().TrimEnd(';')["namespace ".Length..] != Expected(file.Path)
                    select $"{file.Path}: `{declared}` should be `{Expected(file.Path)}`";
        House.FindsNothing(wrong);
    }

    [Fact]
    public void Every_exception_is_caught_in_three_files_only()
    {
        string[] allowed = ["src/WebhookGateway/Workers/", "src/WebhookGateway/Api/", "src/Cli/Program.cs"];
        var sites = Matching("src", CatchesEverything()).ToArray();
        var elsewhere = sites.Where(site => !allowed.Any(place => site.StartsWith(place, StringComparison.Ordinal))).ToArray();
        House.FindsNothing(elsewhere);
        Assert.True(sites.Select(site => site.Split(':')[0]).Distinct().Count() <= 3, string.Join('\n', sites));
    }

    [Fact]
    public void No_warning_is_silenced_in_passing() => House.FindsNothing(Matching("src", Pragma()).Concat(Matching("tests", Pragma())));

    [Fact]
    public void Nothing_is_left_for_later() => House.FindsNothing(Matching("src", Later()).Concat(Matching("demo", Later())));

    [Fact]
    public void No_clock_is_taken() => House.FindsNothing(Matching("src", Clock()));

    [Fact]
    public void Types_have_names_that_say_something()
    {
        var wrong = from file in House.Sources("src")
                    from line in file.Lines
                    let match = TypeName().Match(line)
                    where match.Success && VagueEnding().IsMatch(match.Groups["name"].Value)
                    select $"{file.Path}: {match.Groups["name"].Value}";
        House.FindsNothing(wrong);
    }

    [Fact]
    public void Closed_hierarchies_are_closed()
    {
        var sources = House.Sources("src").ToArray();
        var open = from file in sources
                   from line in file.Lines
                   let match = AbstractRecord().Match(line)
                   where match.Success
                   let name = match.Groups["name"].Value
                   where !file.Lines.Any(other => other.Contains($"private {name}(", StringComparison.Ordinal))
                       || !file.Lines.Any(other => other.Contains("private protected abstract", StringComparison.Ordinal))
                   select $"{file.Path}: `{name}` needs a private constructor and a private protected abstract member";
        House.FindsNothing(open);
    }

    [Fact]
    public void Switches_over_enums_have_no_arm_for_the_rest_beside_a_verdict()
    {
        // A `_` arm would swallow a verdict that is added later; the compiler asks for each one otherwise (CS8509).
        var wrong = from file in House.Sources("src")
                    from index in Enumerable.Range(0, file.Lines.Length)
                    where file.Lines[index].Contains("Verdict.Denied =>", StringComparison.Ordinal)
                    where file.Lines.Skip(index).Take(8).TakeWhile(line => !line.Contains("};", StringComparison.Ordinal))
                        .Any(line => line.TrimStart().StartsWith("_ =>", StringComparison.Ordinal))
                    select $"{file.Path}:{index + 1}";
        House.FindsNothing(wrong);
    }

    [Fact]
    public void No_file_names_this_machine_or_a_registry()
    {
        string[] words = [" /" + "work/", "\"/" + "work/", "/" + "farm/", " /" + "root/", "nuget" + ".org", "npm" + "js", "deb." + "debian"];
        var found = from path in House.Files(".")
                    where !path.StartsWith(".git/", StringComparison.Ordinal) && new FileInfo(Path.Combine(House.Root, path)).Length < 1 << 20
                    let text = File.ReadAllText(Path.Combine(House.Root, path))
                    from word in words
                    where text.Contains(word, StringComparison.Ordinal)
                    select $"{path} names `{word}`";
        House.FindsNothing(found);
    }

    private static IEnumerable<string> Matching(string folder, Regex pattern) =>
        from file in House.Sources(folder)
        from index in Enumerable.Range(0, file.Lines.Length)
        where !file.Path.StartsWith("tests/House.Tests/", StringComparison.Ordinal) && pattern.IsMatch(file.Lines[index])
        select $"{file.Path}:{index + 1}: {file.Lines[index].Trim()}";

    private static string Expected(string path)
    {
        var parts = path.Split('/')[1..^1];
        var root = parts[0] == "Gate" ? "GitOpsGate" : $"GitOpsGate.{parts[0]}";
        return string.Join('.', parts.Skip(1).Prepend(root));
    }

    [GeneratedRegex(@"catch\s*(\(Exception\b(?!.*\bwhen\b)|\{|$)")]
    private static partial Regex CatchesEverything();

    [GeneratedRegex(@"#pragma\s+warning\s+disable")]
    private static partial Regex Pragma();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX|NotImplementedException)\b")]
    private static partial Regex Later();

    [GeneratedRegex(@"\bDateTime(Offset)?\.(Utc)?Now\b|\bGuid\.NewGuid\(|\bStopwatch\.StartNew\(")]
    private static partial Regex Clock();

    [GeneratedRegex(@"^\s*(public|internal|private)?\s*(static |sealed |abstract |readonly |partial |file )*(class|record struct|record|struct|interface) (?<name>\w+)")]
    private static partial Regex TypeName();

    [GeneratedRegex("(Manager|Helper|Helpers|Util|Utils|Processor|Service|Impl|Base|Info|Data|DTO|Dto)$")]
    private static partial Regex VagueEnding();

    [GeneratedRegex(@"^\s*public abstract record (?<name>\w+)")]
    private static partial Regex AbstractRecord();
}
