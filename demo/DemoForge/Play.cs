using System.Globalization;
using GitOpsGate.Fakes.GitHub;

namespace GitOpsGate.DemoForge;

/// <summary>The demo: people, a forge and a gateway, one step after the other; each step is checked.</summary>
internal sealed class Play : IAsyncDisposable
{
    private const string Context = "gitops-gate";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly DemoOptions _options;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gitopsgate-demo-");
    private readonly long _began = TimeProvider.System.GetTimestamp();
    private readonly CancellationToken _cancellation;
    private int _step;

    private Play(DemoOptions options, CancellationToken cancellation) => (_options, _cancellation) = (options, cancellation);

    private string GatewayUrl => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_options.Port}");

    private string SiteFolder => Path.Combine(_folder.FullName, "site");

    /// <summary>Plays it; 0 when every step came out as it should.</summary>
    public static async Task<int> RunAsync(DemoOptions options, CancellationToken cancellation)
    {
        await using var play = new Play(options, cancellation);
        try
        {
            await play.RunAsync();
            return 0;
        }
        catch (DemoFailedException failure)
        {
            Console.WriteLine($"FAILED: {failure.Message}");
            return 1;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            Console.WriteLine("stopped");
            return 0;
        }
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task RunAsync()
    {
        await using var forge = await FakeGitHub.StartAsync();
        await using var site = await Site.StartAsync(SiteFolder);
        var shop = await forge.AddRepositoryAsync(Shop.Repository);
        shop.RequiredContexts.Add(Context);
        await forge.PushAsync(
            shop, "alice", "main", "Begin the shop", (".gitopsgate.yaml", Shop.RuleFile), ("site/index.html", Shop.FirstPage));
        Says($"a demo forge serves {Shop.Repository} over HTTP at {forge.Url}");

        var (gateway, token) = await GatewayProcess.StartAsync(
            _options.Root, await ConfigureAsync(forge), GatewayUrl, Secrets(), _cancellation);
        await using (gateway)
        {
            Says($"the gateway is ready at {GatewayUrl}");
            var gate = new CommandLine(_options.Root, GatewayUrl, token);
            await gate.RunAsync(_cancellation, "connect", "demo", Shop.Repository);
            await gate.RunAsync(_cancellation, "connect", "demo", Shop.Repository);
            Check(shop.Hooks.Count == 1, $"one webhook should be registered, there are {shop.Hooks.Count}");
            Says("`gate connect demo acme/shop`, run twice, registered one webhook");
            await JudgeAsync(forge, shop, site);
            await PushPastAsync(forge, shop, site, gate);
            Says((await gate.RunAsync(_cancellation, "audit", "verify")).Trim());
            await StayAsync(token, forge, site);
        }
    }

    private async Task JudgeAsync(FakeGitHub forge, GitHubRepository shop, Site site)
    {
        await forge.PushAsync(
            shop, "alice", "sale", "Announce the sale", ("deploy/web.yaml", Shop.Careless), ("site/index.html", Shop.NewPage));
        var pull = await forge.OpenPullAsync(shop, "alice", "sale", "Announce the sale");
        var denied = await StatusAsync(shop, pull.Head, "failure");
        var comment = await EventuallyAsync(() => pull.Comments.SingleOrDefault(), () => "the gate's comment");
        Check(comment.Body.Contains("deploy/web.yaml:", StringComparison.Ordinal), $"the comment should name file and line:\n{comment.Body}");
        Says($"alice asks to merge a privileged container with a `:latest` image: blocked, “{denied.Description}”");
        foreach (var line in comment.Body.Split('\n').Where(line => line.Contains("deploy/web.yaml:", StringComparison.Ordinal)).Take(3))
        {
            Console.WriteLine($"          {line.Trim(' ', '|', '-', '*')}");
        }

        await forge.PushAsync(shop, "alice", "sale", "Pin the image and drop the privilege", ("deploy/web.yaml", Shop.Careful));
        var held = await StatusAsync(shop, pull.Head, "pending");
        Says($"alice pushes the fix: held, “{held.Description}”");

        await forge.ReviewAsync(pull, "bob", "APPROVED");
        var allowed = await StatusAsync(shop, pull.Head, "success");
        Says($"bob approves: green, “{allowed.Description}”");

        await forge.MergeAsync(pull, "alice", GitHubMerge.Squash);
        await EventuallyAsync(async () => await site.PageAsync(_cancellation) == Shop.NewPage ? "" : null, () => "the new page on the site");
        Says($"alice merges: dispatched to the directory target, {site.Url} now serves the new page");
        Check(pull.Comments.Count == 1, $"the one comment should have been updated in place, there are {pull.Comments.Count}");
    }

    private async Task PushPastAsync(FakeGitHub forge, GitHubRepository shop, Site site, CommandLine gate)
    {
        var sent = forge.Post.Sent.Count;
        await forge.PushAsync(shop, "mallory", "main", "Quick fix", ("site/index.html", Shop.SmuggledPage));
        Check(forge.Post.Sent.Skip(sent).All(receipt => receipt.Status == 202), "the push's webhook should be taken in");
        await EventuallyAsync(
            async () => (await gate.RunAsync(_cancellation, "audit", "tail", "--count", "100")).Contains("change.unmanaged", StringComparison.Ordinal) ? "" : null,
            () => "the audit entry of the unmanaged change");
        Check(await site.PageAsync(_cancellation) == Shop.NewPage, "a change that nobody ruled on must not be dispatched");
        Says("mallory pushes to main past everybody: recorded as an unmanaged change, not dispatched");
    }

    private async Task StayAsync(string token, FakeGitHub forge, Site site)
    {
        var seconds = TimeProvider.System.GetElapsedTime(_began).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"all {_step} steps came out as they should, in {seconds:0.0} s"));
        if (_options.IsOnce) return;
        Console.WriteLine($"""

              open    {GatewayUrl}
              token   {token}
              forge   {forge.Url}      site   {site.Url}
              or ask  GATE_URL={GatewayUrl} GATE_TOKEN={token} ./gate change list

            Ctrl-C ends the gateway and the demo forge.
            """);
        await Task.Delay(Timeout.Infinite, _cancellation);
    }

    /// <summary>Writes the gateway's configuration, as a person who tries it would.</summary>
    private async Task<string> ConfigureAsync(FakeGitHub forge)
    {
        var path = Path.Combine(_folder.FullName, "gate.yaml");
        await File.WriteAllTextAsync(
            path,
            $"""
            publicUrl: {GatewayUrl}
            data: ./data
            connections:
              - name: demo
                forge: github
                api: {forge.ApiUrl}
                git: {forge.GitUrl}
                token: env:DEMO_FORGE_TOKEN
                webhookSecrets: ["env:DEMO_WEBHOOK_SECRET"]
            bundles:
              - name: shipped
                path: {Path.Combine(_options.Root, "policies")}
            environments:
              - name: prod
                repository: "demo:{Shop.Repository}"
                branch: main
                path: site
                targets: [site]
            targets:
              - name: site
                kind: directory
                path: {SiteFolder}

            """,
            _cancellation);
        return path;
    }

    private static Dictionary<string, string> Secrets() => new()
    {
        ["DEMO_FORGE_TOKEN"] = FakeGitHub.Token,
        ["DEMO_WEBHOOK_SECRET"] = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(24)),
    };

    private Task<GitHubStatus> StatusAsync(GitHubRepository shop, string commit, string state) => EventuallyAsync(
        () => shop.Status(commit, Context) is { } status && status.State == state ? status : null,
        () => $"the status `{state}` on {commit[..12]}; it is “{shop.Status(commit, Context)?.Description ?? "not there"}”:");

    private Task<T> EventuallyAsync<T>(Func<T?> find, Func<string> what)
        where T : class => EventuallyAsync(() => Task.FromResult(find()), what);

    private async Task<T> EventuallyAsync<T>(Func<Task<T?>> find, Func<string> what)
        where T : class
    {
        var began = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(began) < Patience)
        {
            if (await find() is { } found) return found;
            await Task.Delay(20, _cancellation);
        }

        throw new DemoFailedException($"{what()} did not come within {Patience.TotalSeconds} s");
    }

    private static void Check(bool holds, string otherwise)
    {
        if (!holds) throw new DemoFailedException(otherwise);
    }

    private void Says(string text)
    {
        var seconds = TimeProvider.System.GetElapsedTime(_began).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{++_step,2}  {seconds,5:0.0} s  {text}"));
    }
}
