using System.Diagnostics;
using GitOpsGate.EndToEnd.Scenes;
using Xunit;

namespace GitOpsGate.EndToEnd;

/// <summary>The door opens before the policy bundles are loaded: what comes in waits for them, and is judged by them.</summary>
public class EarlyDoorTests
{
    private const string Rules = "version: 1\npolicies:\n  - { name: late, bundle: late, package: data.late, style: change }\n";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, ShownVerdict> Policies => new()
    {
        { "package late\n\ndeny contains \"not today\"\n", ShownVerdict.Denied },
        { "package late\n\ndeny contains\n", ShownVerdict.Errored },
    };

    [Theory]
    [MemberData(nameof(Policies))]
    public async Task What_is_taken_in_while_bundles_are_loaded_is_judged_by_them_afterwards(string policy, ShownVerdict verdict)
    {
        var bundle = Directory.CreateTempSubdirectory("gitopsgate-late-");
        var path = Path.Combine(bundle.FullName, "late.rego");
        await using var stage = await Stage.SetAsync("github", Rules, $"  - name: late\n    path: {bundle.FullName}");
        stage.Gateway.Kill();

        // Whoever reads a pipe waits for its writer: loading goes on for as long as we like.
        using (var made = Process.Start("mkfifo", path)) await made.WaitForExitAsync(Cancel);
        await stage.Gateway.StartAgainAsync(untilReady: false);
        var (_, head) = await stage.ProposeAsync([("deploy/web.yaml", Manifests.Decent)]);
        await Eventually.TrueAsync(() => stage.Scene.Post.Sent.Count(sent => sent.Status == 202) >= 2, () => stage.Gateway.Printed);
        Assert.Equal("the policy bundles are being loaded\n", await stage.Gateway.WhyNotReadyAsync());
        Assert.Equal(ShownVerdict.None, stage.Scene.Shown(head));
        Assert.NotEqual(0, (await stage.Gateway.GetAsync("status")).GetProperty("deliveries").GetProperty("waiting").GetInt64());

        await using (var pipe = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            await pipe.WriteAsync(System.Text.Encoding.UTF8.GetBytes(policy), Cancel);
        await stage.ShowsAsync(head, verdict);
        Assert.Equal("", await stage.Gateway.WhyNotReadyAsync());
        bundle.Delete(recursive: true);
    }
}
