using System.Buffers;
using System.Text;
using System.Text.Json;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Syntax;
using Xunit;

namespace GitOpsGate.Policies.Tests.Language;

/// <summary>A module's tree as JSON, in OPA's shape.</summary>
public sealed class RegoParseTests
{
    [Fact]
    public void A_rule_is_its_body_and_its_head()
    {
        var rule = Tree("package a\n\nallow if input.x == 1\n").GetProperty("rules")[0];
        Assert.Equal(
            """{"name":"allow","value":{"type":"boolean","value":true},"ref":[{"type":"var","value":"allow"}]}""",
            rule.GetProperty("head").GetRawText());
        Assert.Equal(
            """
            [{"index":0,"terms":[{"type":"ref","value":[{"type":"var","value":"equal"}]},{"type":"ref","value":[{"type":"var","value":"input"},{"type":"string","value":"x"}]},{"type":"number","value":1}]}]
            """.Trim(),
            rule.GetProperty("body").GetRawText());
    }

    [Theory]
    [InlineData("p contains 1", """{"name":"p","key":{"type":"number","value":1},"ref":[{"type":"var","value":"p"}]}""")]
    [InlineData(
        "p[1] if true",
        """{"key":{"type":"number","value":1},"value":{"type":"boolean","value":true},"ref":[{"type":"var","value":"p"},{"type":"number","value":1}]}""")]
    [InlineData(
        "f(x) := x",
        """{"name":"f","args":[{"type":"var","value":"x"}],"value":{"type":"var","value":"x"},"assign":true,"ref":[{"type":"var","value":"f"}]}""")]
    [InlineData(
        "a.b.c := null",
        """{"value":{"type":"null","value":{}},"assign":true,"ref":[{"type":"var","value":"a"},{"type":"string","value":"b"},{"type":"string","value":"c"}]}""")]
    public void Heads_have_the_members_that_their_kind_has(string rule, string head) =>
        Assert.Equal(head, Tree($"package a\n{rule}\n").GetProperty("rules")[0].GetProperty("head").GetRawText());

    [Fact]
    public void Annotations_stand_at_the_module_and_at_the_rule_that_they_describe()
    {
        var tree = Tree("package a\n\n# METADATA\n# title: T\n# entrypoint: true\nallow := true\n\nother := 1\n");
        const string said = """{"entrypoint":true,"scope":"document","title":"T"}""";
        Assert.Equal(said, tree.GetProperty("annotations")[0].GetRawText());
        Assert.Equal(said, tree.GetProperty("rules")[0].GetProperty("annotations")[0].GetRawText());
        Assert.False(tree.GetProperty("rules")[1].TryGetProperty("annotations", out _));
    }

    [Fact]
    public void Every_comment_is_listed_once_even_where_the_parser_went_back()
    {
        var tree = Tree("package a\n# one\np if {\n\tx := {a | # two\n\t\ta := 1 # three\n\t}\n\tinput.x == 1 # four\n}\n");
        var texts = tree.GetProperty("comments").EnumerateArray()
            .Select(c => Encoding.UTF8.GetString(c.GetProperty("Text").GetBytesFromBase64()));
        Assert.Equal([" one", " two", " three", " four"], texts);
    }

    [Fact]
    public void Locations_are_given_when_asked_for()
    {
        var head = Tree("package a\n\nallow := 1 + 2\n", locations: true)
            .GetProperty("rules")[0].GetProperty("head").GetProperty("value").GetProperty("location");
        Assert.Equal((3, 10), (head.GetProperty("row").GetInt32(), head.GetProperty("col").GetInt32()));
        Assert.Equal("1 + 2", Encoding.UTF8.GetString(head.GetProperty("text").GetBytesFromBase64()));
    }

    [Fact]
    public void Nothing_is_written_of_what_cannot_be_parsed()
    {
        var buffer = new ArrayBufferWriter<byte>();
        var errors = RegoParse.ToJson("a.rego", "package a\np if {", RegoVersion.V1, includeLocations: false, buffer);
        Assert.Equal(RegoErrorCodes.Parse, Assert.Single(errors).Code);
        Assert.Equal(0, buffer.WrittenCount);
    }

    private static JsonElement Tree(string text, bool locations = false)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Assert.Empty(RegoParse.ToJson("a.rego", text, RegoVersion.V1, locations, buffer));
        using var document = JsonDocument.Parse(buffer.WrittenMemory, new JsonDocumentOptions { MaxDepth = 1000 });
        return document.RootElement.Clone();
    }
}
