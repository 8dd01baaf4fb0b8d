using System.Text;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Exports;
using Xunit;

namespace GitOpsGate.Gate.Tests.Exports;

/// <summary>Sealed sections in a bundle: disclosed when that was asked for, listed when not, and never other than they were sealed.</summary>
public class DisclosureTests
{
    private const string Shop = "github:acme/shop";
    private const string Why = "the shop is down, and Zoë cannot wait";
    private static readonly ExportQuery Open = ExportStory.Query with { Discloses = true };

    [Fact]
    public async Task Without_disclosure_every_section_is_listed_and_no_name_is_told()
    {
        var bundle = await Log().BundleAsync(ExportStory.Query);
        var files = new Tampered(bundle);
        Assert.Equal(["sealed/withheld.csv"], files.Names.Where(name => name.StartsWith("sealed/", StringComparison.Ordinal)));
        Assert.Equal(1 + 8, files.Lines("sealed/withheld.csv").Length);
        Assert.All(files.Lines("sealed/withheld.csv").Skip(1), line => Assert.EndsWith(",not disclosed\r", line, StringComparison.Ordinal));
        Assert.All(files.Names, name => Assert.DoesNotContain("Alice", files[name], StringComparison.Ordinal));
        Assert.Equal(["withheld", "withheld", "withheld", "withheld"], Cells(files, "title", "author", "approvers", "override_reason"));
        Assert.Contains(",withheld\r\n", files["reports/exceptions.csv"], StringComparison.Ordinal);
        await HoldsAsync(bundle);
    }

    [Fact]
    public async Task With_disclosure_names_titles_and_reasons_stand_in_the_reports_and_are_proven()
    {
        var bundle = await Log().BundleAsync(Open);
        var files = new Tampered(bundle);
        Assert.Equal(7, files.Names.Count(name => name.StartsWith("sealed/", StringComparison.Ordinal) && name.EndsWith(".bin", StringComparison.Ordinal)));
        // The one entry beside the period is there for the period's end, and nothing more.
        Assert.Equal(2, files.Lines("sealed/withheld.csv").Length);
        Assert.Equal(["'=a, title", "Alice", "Bob", Why], Cells(files, "title", "author", "approvers", "override_reason"));
        Assert.Contains($",\"{Why}\"\r\n", files["reports/exceptions.csv"], StringComparison.Ordinal);
        Assert.Contains("\"disclose\": true", files["MANIFEST.json"], StringComparison.Ordinal);
        await HoldsAsync(bundle);
    }

    [Fact]
    public async Task After_an_erasure_the_persons_sections_are_withheld_and_duties_are_still_separate()
    {
        var log = Log();
        log.Erased.Add("a_al");
        var bundle = await log.BundleAsync(Open);
        var files = new Tampered(bundle);
        Assert.Equal(3, files.Lines("sealed/withheld.csv").Count(line => line.EndsWith(",erased\r", StringComparison.Ordinal)));
        Assert.Equal(["withheld", "withheld", "Bob", "pass"], Cells(files, "title", "author", "approvers", "sod_result"));
        Assert.All(files.Names, name => Assert.DoesNotContain("Alice", files[name], StringComparison.Ordinal));
        await HoldsAsync(bundle);
    }

    [Theory]
    [InlineData("changed", "is not what its name commits to")]
    [InlineData("dropped", "is neither disclosed nor listed as withheld")]
    [InlineData("invented", "no entry commits to it")]
    [InlineData("unlisted", "is neither disclosed nor listed as withheld")]
    [InlineData("listed", "has no such section")]
    public async Task What_a_forger_did_to_a_section_is_named_by_both(string what, string named)
    {
        var files = new Tampered(await Log().BundleAsync(Open));
        var section = files.Names.First(name => name.EndsWith(".bin", StringComparison.Ordinal));
        switch (what)
        {
            case "changed": files[section] = "x" + files[section]; break;
            case "dropped": files.Remove(section); break;
            case "invented": files[$"sealed/{Convert.ToHexStringLower(Commitment.Of(new byte[32], "Eve"u8))}.bin"] = new string('\0', 32) + "Eve"; break;
            case "unlisted": files.DropLine("sealed/withheld.csv", 2); break;
            case "listed": files["sealed/withheld.csv"] += $"3,x,actor,{new string('a', 64)},k_1,erased\r\n"; break;
        }

        files.Agree();
        var parts = await BundleCheck.RunAsync(new MemoryStream(files.ToBytes()), LogKeys.Of(ExportLog.Key), null, TestContext.Current.CancellationToken);
        Assert.Contains(parts.Single(part => part.Name == "sealed sections").Failures, failure => failure.Contains(named, StringComparison.Ordinal));
        var (code, output, _) = await Python.VerifyAsync(files.ToBytes(), ExportLog.Key.ToString());
        Assert.Equal(1, code);
        Assert.Contains(output.Split('\n'), line => line.StartsWith("FAIL sealed sections: ", StringComparison.Ordinal) && line.Contains(named, StringComparison.Ordinal));
    }

    private static ExportLog Log() => new(
    [
        (Named(AuditTypes.ApprovalGranted, "a_bo", (PersonalText.Actor, "a_bo", "Bob")), ExportStory.June),
        (Named(AuditTypes.ChangeMerged, "a_bo", (PersonalText.Actor, "a_bo", "Bob"), (PersonalText.Author, "a_al", "Alice"),
            (PersonalText.Title, "a_al", "=a, title")), ExportStory.June.AddHours(1)),
        (Named(AuditTypes.OverrideUsed, "a_bo", (PersonalText.Reason, "a_bo", Why)) with { Populations = ["override"] }, ExportStory.June.AddHours(2)),
        (Overridden(ExportStory.Order("o_1", "prod", 7, "a_al a_bo")), ExportStory.June.AddHours(3)),
        (Named(AuditTypes.ApprovalGranted, "a_al", (PersonalText.Actor, "a_al", "Alice")), ExportStory.June.AddHours(4)),
        (ExportStory.Draft(AuditTypes.ConfigChanged), ExportStory.June.AddHours(5)),
        (Named(AuditTypes.HoldPlaced, "a_di", (PersonalText.Reason, "a_di", "wait")), ExportStory.June.AddDays(4)),
        (Named(AuditTypes.ApprovalGranted, "a_cy", (PersonalText.Actor, "a_cy", "Cy")), ExportStory.June.AddMonths(1)),
    ]);

    private static AuditDraft Overridden(AuditDraft order) =>
        order with { Attributes = order.Attributes.Add("overrideBy", new AuditValue.Texts(["a_bo"])) };

    private static AuditDraft Named(string type, string actor, params (string Name, string Subject, string Text)[] personal)
    {
        var draft = ExportStory.Draft(type, "change", $"{Shop}#7");
        return draft with
        {
            Correlation = $"{Shop}#7",
            Actor = new AuditActor("user", actor),
            Attributes = type == AuditTypes.ChangeMerged ? draft.Attributes.Add("author", "a_al") : draft.Attributes,
            Personal = [.. personal.Select(one => new PersonalText(one.Name, one.Subject, one.Text))],
        };
    }

    // The one row of the population, whose other cells hold no comma.
    private static string[] Cells(Tampered files, params string[] columns)
    {
        var lines = files.Lines("reports/population.csv");
        var (header, cells, quoted, cell) = (lines[0].Split(','), new List<string>(), false, new StringBuilder());
        foreach (var letter in lines[1].TrimEnd('\r') + ",")
        {
            if (letter == '"') quoted = !quoted;
            if (letter == ',' && !quoted)
            {
                cells.Add(cell.ToString().Trim('"'));
                cell.Clear();
            }
            else
            {
                cell.Append(letter);
            }
        }

        return [.. columns.Select(column => cells[Array.IndexOf(header, column)])];
    }

    private static async Task HoldsAsync(byte[] bundle)
    {
        var parts = await BundleCheck.RunAsync(new MemoryStream(bundle), LogKeys.Of(ExportLog.Key), null, TestContext.Current.CancellationToken);
        Assert.All(parts, part => Assert.Empty(part.Failures));
        var (code, output, errors) = await Python.VerifyAsync(bundle, ExportLog.Key.ToString());
        Assert.True(code == 0, output + errors);
    }
}
