using System.Text.RegularExpressions;
using Xunit;

namespace GitOpsGate.House.Tests;

/// <summary>Size is a style: the gauges, and what they read now.</summary>
public partial class GaugeTests(ITestOutputHelper output)
{
    [Fact]
    public void Files_stay_short()
    {
        var lengths = House.Sources("src").Select(file => (file.Path, file.Lines.Length)).OrderBy(file => file.Length).ToArray();
        output.WriteLine($"{lengths.Length} files: median {At(lengths, 0.5)}, p90 {At(lengths, 0.9)}, largest {lengths[^1].Length}");
        House.FindsNothing(lengths.Where(file => file.Length > 400).Select(file => $"{file.Path}: {file.Length} lines"));
        Assert.InRange(At(lengths, 0.9), 1, 300);
    }

    [Fact]
    public void Methods_stay_short()
    {
        var methods = House.Sources("src").SelectMany(Methods).OrderBy(method => method.Length).ToArray();
        output.WriteLine($"{methods.Length} methods with a block: longest {methods[^1].Length} lines, at {methods[^1].Where}");
        House.FindsNothing(methods.Where(method => method.Length > 60).Select(method => $"{method.Where}: {method.Length} lines"));
    }

    [Fact]
    public void Constructors_ask_for_at_most_five_things()
    {
        var wrong = from file in House.Sources("src")
                    from Match match in PrimaryConstructor().Matches(string.Join('\n', file.Lines))
                    let count = TopLevelCommas(match.Groups["parameters"].Value) + 1
                    where count > 5
                    select $"{file.Path}: `{match.Groups["name"].Value}` asks for {count}";
        House.FindsNothing(wrong);
    }

    [Theory]
    [InlineData("src/Gate/Ports")]
    [InlineData("src/Policies")]
    public void Interfaces_and_public_types_state_their_contract(string folder)
    {
        var silent = from file in House.Sources(folder)
                     from index in Enumerable.Range(1, Math.Max(0, file.Lines.Length - 1))
                     where PublicType().IsMatch(file.Lines[index])
                     let above = file.Lines.Take(index).Reverse().SkipWhile(line => line.TrimStart().StartsWith('[')).FirstOrDefault() ?? ""
                     where !above.TrimStart().StartsWith("///", StringComparison.Ordinal)
                     select $"{file.Path}:{index + 1}: {file.Lines[index].Trim()}";
        // The records beside a port are named so that they need no words; the port itself always does.
        if (folder == "src/Gate/Ports") silent = silent.Where(place => place.Contains("interface", StringComparison.Ordinal));
        House.FindsNothing(silent);
    }

    private static int At((string Path, int Length)[] sorted, double share) => sorted[(int)((sorted.Length - 1) * share)].Length;

    /// <summary>Blocks that follow a parameter list, found by their indentation, which the formatter guarantees.</summary>
    private static IEnumerable<(string Where, int Length)> Methods(SourceFile file)
    {
        for (var start = 1; start < file.Lines.Length; start++)
        {
            var open = OpeningBrace().Match(file.Lines[start]);
            if (!open.Success || !file.Lines[start - 1].TrimEnd().EndsWith(')')) continue;
            var first = file.Lines[start - 1].TrimStart();
            if (Statement().IsMatch(first)) continue;
            // A block that an initializer fills ends otherwise, and is no method.
            var end = Array.FindIndex(file.Lines, start, line => line.StartsWith(open.Groups["indent"].Value + "}", StringComparison.Ordinal));
            if (end > 0 && !file.Lines[end].EndsWith(';')) yield return ($"{file.Path}:{start}", end - start - 1);
        }
    }

    private static int TopLevelCommas(string parameters)
    {
        var (depth, commas) = (0, 0);
        foreach (var letter in parameters)
        {
            if (letter is '<' or '(' or '[') depth++;
            if (letter is '>' or ')' or ']') depth--;
            if (letter == ',' && depth == 0) commas++;
        }

        return commas;
    }

    [GeneratedRegex(@"^(?<indent>\s{4}|\s{8})\{$")]
    private static partial Regex OpeningBrace();

    [GeneratedRegex(@"^(if|for|foreach|while|using|lock|switch|catch|else|fixed)\b|\b(class|record|struct|interface) \w+")]
    private static partial Regex Statement();

    // Records are values with as many parts as they have; the gauge is for what is put together from collaborators.
    [GeneratedRegex(@"^\s*(?:public|internal) (?:sealed |partial |abstract )*class (?<name>\w+)(?:<[^>]*>)?\((?<parameters>[^{};]*?)\)\s*(?::|\{|;|$)", RegexOptions.Multiline)]
    private static partial Regex PrimaryConstructor();

    [GeneratedRegex(@"^public (?:static |sealed |abstract |readonly |partial )*(?:class|record struct|record|struct|interface|enum) \w+")]
    private static partial Regex PublicType();
}
