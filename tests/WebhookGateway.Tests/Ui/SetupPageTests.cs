using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Setup;
using GitOpsGate.Testing;
using GitOpsGate.WebhookGateway.Ui.Connections;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests.Ui;

/// <summary>The pages that say what connecting would do and did, and what the doctor found, as committed HTML.</summary>
public class SetupPageTests
{
    private static readonly SetupForm Form = SetupForm.Fresh with { Connection = "github", Path = "acme/shop", Proposes = true, Branches = "release" };

    public static TheoryData<string> Outcomes => ["empty", "plan", "one", "many", "undone", "hostile"];

    [Theory]
    [MemberData(nameof(Outcomes))]
    public async Task What_setting_up_comes_to(string kind)
    {
        var view = kind switch
        {
            "plan" => new SetupView(Form, true, [SetupRow.Of(Report("acme/shop", HookStep.WouldCreate, isDryRun: true))], null),
            "one" => new SetupView(Form, false, [SetupRow.Of(Report("acme/shop", HookStep.Created, isDryRun: false))], null),
            "many" => new SetupView(
                Form with { Path = "acme", IsOwner = true }, true,
                [
                    SetupRow.Of(Report("acme/docs", HookStep.WouldMend, isDryRun: true)),
                    SetupRow.Failed("acme/old", "GitHub answered 403: archived so is read-only"),
                ],
                "3 more repositories of `acme` were left out: `gate connect github --owner acme` takes them all."),
            "undone" => new SetupView(
                Form with { IsUndone = true }, false,
                [SetupRow.Of(Report("acme/shop", HookStep.Removed, isDryRun: false) with { Branches = [], Troubles = ["the protection of `main`: asleep"] })],
                null),
            "hostile" => new SetupView(
                Form with { Connection = Samples.Hostile, Path = Samples.Hostile, Branches = Samples.Hostile }, true,
                [SetupRow.Of(Report(Samples.Hostile, HookStep.Nothing, isDryRun: true) with { Advice = [Samples.Hostile], Troubles = [Samples.Hostile] })],
                Samples.Hostile),
            _ => new SetupView(Form with { Path = "acme", IsOwner = true }, true, [], null),
        };
        Golden.Matches($"setup-{kind}.html", await PagePaper.RenderAsync<SetupPage>(("View", view)));
    }

    [Theory]
    [InlineData("well")]
    [InlineData("sick")]
    public async Task What_the_doctor_found(string kind)
    {
        ImmutableArray<Checkup> found = kind == "well"
            ? [new Checkup("reach", CheckupState.Passed, "`https://api.github.com` answers (GitHub) and knows us as `gate-bot`", [])]
            :
            [
                new Checkup("address", CheckupState.Warning, "`http://127.0.0.1:8080` is this machine only", ["Set `publicUrl` in gate.yaml."]),
                new Checkup("webhook", CheckupState.Failed, Samples.Hostile, [Samples.Hostile]),
                new Checkup("branch main", CheckupState.Unknown, "the forge is asleep", []),
            ];
        var view = new DoctorView("github", "acme/shop", [.. found.Select(CheckupRow.Of)]);
        Golden.Matches($"doctor-{kind}.html", await PagePaper.RenderAsync<DoctorPage>(("View", view)));
    }

    private static SetupReport Report(string path, HookStep hook, bool isDryRun) => new()
    {
        Repository = new RepositoryKey(new ConnectionName("github"), path),
        IsDryRun = isDryRun,
        Hook = hook,
        HookId = hook == HookStep.WouldCreate ? "" : "41",
        IsTested = hook == HookStep.Created,
        Branches = [new BranchGuard("main", !isDryRun, true, false, isDryRun ? "" : "ruleset `gitops-gate`", true)],
        Proposal = isDryRun ? "would propose `.gitopsgate.yaml` for `main`" : "https://forge.example/acme/shop/pulls/9",
        Advice = ["Give the gate's app the right `administration: write`."],
    };
}
