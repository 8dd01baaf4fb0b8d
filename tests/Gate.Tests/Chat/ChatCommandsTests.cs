using GitOpsGate.Changes;
using GitOpsGate.Chat;
using GitOpsGate.Gate.Tests.Rulings;
using Xunit;

namespace GitOpsGate.Gate.Tests.Chat;

/// <summary>Which lines of a comment are commands.</summary>
public class ChatCommandsTests
{
    [Theory]
    [InlineData("/gate approve", "Approve")]
    [InlineData("/Gate APPROVE", "Approve")]
    [InlineData("looks good\r\n/gate approve\r\nthank you", "Approve")]
    [InlineData("/gate hold the database moves tonight", "Hold the database moves tonight")]
    [InlineData("/gate\thold\tnow", "Hold now")]
    [InlineData("/gate release\n/gate retry", "Release|Retry")]
    [InlineData("/gate", "Unknown")]
    [InlineData("/gate aprove", "Unknown")]
    [InlineData("/gateway approve", "")]
    [InlineData("please /gate approve", "")]
    [InlineData(" /gate approve", "")]
    [InlineData("    /gate approve", "")]
    [InlineData("> /gate approve", "")]
    [InlineData("> somebody wrote\n/gate approve", "")]
    [InlineData("> somebody wrote\n\n/gate approve", "Approve")]
    [InlineData("```\n/gate approve\n```", "")]
    [InlineData("````\n```\n/gate approve\n````\n/gate hold", "Hold")]
    [InlineData("~~~ text\n/gate approve\n```\n/gate approve", "")]
    [InlineData("```one``` is code\n/gate approve", "Approve")]
    [InlineData("<!--\n/gate approve\n-->\n/gate hold", "Hold")]
    [InlineData("<!-- one line -->\n/gate approve", "Approve")]
    [InlineData("<pre>\n/gate approve\n</pre>", "")]
    public void A_line_is_a_command_where_people_see_it_as_its_authors_word(string body, string expected)
    {
        var read = ChatCommands.Read([Comment("1", body)]);
        var told = read.SelectMany(said => said.Commands).Select(command => $"{command.Word} {command.Rest}".TrimEnd());
        Assert.Equal(expected, string.Join('|', told));
    }

    [Theory]
    [InlineData(PersonKind.Bot)]
    [InlineData(PersonKind.Unknown)]
    public void Only_people_speak_to_the_gate(PersonKind kind) => Assert.Empty(
        ChatCommands.Read([Comment("1", "/gate approve") with { Author = SomeEvidence.Person("bob", kind) }]));

    [Fact]
    public void What_strangers_write_is_bounded()
    {
        var body = string.Join('\n', Enumerable.Repeat($"/gate hold {new string('x', 9000)}", 9));
        var comments = Enumerable.Range(1, 300).Select(number => Comment($"{number}", body)).Reverse();
        var read = ChatCommands.Read(comments);
        Assert.Equal(ChatCommands.MostComments, read.Length);
        Assert.Equal(("101", "300"), (read[0].Id, read[^1].Id));
        Assert.All(read, said => Assert.True(said.HasMore && said.Commands.Length == ChatCommands.MostInOne));
        Assert.All(read, said => Assert.True(said.Commands[0].Rest.Length <= ChatCommands.LongestRest + 1));
    }

    private static Comment Comment(string id, string body) => new(id, SomeEvidence.Person("bob"), body, SomeEvidence.Noon, false);
}
