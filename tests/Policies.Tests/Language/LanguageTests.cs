using Xunit;

namespace GitOpsGate.Policies.Tests.Language;

/// <summary>The language, case by case: what it says in <c>*.cases</c> files beside this one.</summary>
public sealed class LanguageTests
{
    private static readonly Dictionary<string, CaseFile> Cases = Directory
        .GetFiles(Path.Combine(AppContext.BaseDirectory, "Language"), "*.cases")
        .SelectMany(CaseFile.Read)
        .ToDictionary(c => c.Name);

    public static TheoryData<string> Names => [.. Cases.Keys.Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void It_is_as_written(string name)
    {
        var one = Cases[name];
        Assert.Equal(one.Want ?? one.Error ?? "undefined", one.Run());
    }
}
