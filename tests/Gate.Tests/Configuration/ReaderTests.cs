using System.Text;
using GitOpsGate.Configuration;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Gate.Tests.Configuration;

public class ReaderTests
{
    private const string Whole = """
        publicUrl: https://gate.example.org/
        data: state
        connections:
          - name: hub
            forge: github
            token: env:TOKEN
            webhookSecrets: [literal:first, env:SECOND]
        bundles:
          - {name: shipped, path: ., opa: http://127.0.0.1:8181}
        rules:
          approvals:
            - name: everything
              when: {repositories: [acme/*], paths: [prod/**]}
              requires: {count: 2, teams: [acme/release]}
        targets:
          - {name: folder, kind: directory, path: out, keySecret: env:TOKEN}
        environments:
          - {name: production, repository: hub:acme/shop, branch: main, path: prod, targets: [folder]}
        """;

    [Fact]
    public void A_whole_gate_file_is_read()
    {
        var reading = Read(Whole);
        Assert.Empty(reading.Problems);
        var gate = reading.Value!;
        Assert.Equal("https://gate.example.org", gate.PublicUrl);
        Assert.Equal("/etc/gate/state", gate.DataFolder);
        Assert.Equal("https://api.github.com", gate.Connections[0].ApiUrl);
        Assert.Equal(["first", "two"], gate.Connections[0].WebhookSecrets.Select(secret => secret.Reveal()));
        Assert.Equal(2, gate.ServerRules.Approvals[0].Count);
        Assert.Equal("acme/shop", gate.Environments[0].Repository.Path);
        Assert.Equal("/etc/gate/out", gate.Targets[0].Settings["path"]);
        Assert.Equal("one", gate.Targets[0].Secrets["keySecret"].Reveal());
        Assert.Contains(reading.Warnings, warning => warning.Line == 7);
    }

    [Theory]
    [InlineData("", "/etc/gate/state/audit.pem", "/etc/gate/state/audit-anchor", null)]
    [InlineData("audit: {secondKey: p256.pem}", "/etc/gate/state/audit.pem", "/etc/gate/state/audit-anchor", "/etc/gate/p256.pem")]
    [InlineData("audit: {key: a.pem, anchor: /mnt/a, secondKey: /mnt/b}", "/etc/gate/a.pem", "/mnt/a", "/mnt/b")]
    public void Where_the_logs_keys_and_its_anchor_are_is_read(string line, string key, string anchor, string? second)
    {
        var reading = Read($"{Whole}\n{line}\n");
        Assert.Empty(reading.Problems);
        var audit = reading.Value!.Audit!;
        Assert.Equal((key, anchor, second), (audit.KeyPath, audit.AnchorPath, audit.SecondKeyPath));
        Assert.Contains("key `second` is not known", Assert.Single(Read($"{Whole}\naudit: {{second: x}}\n").Problems).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 600, false)]
    [InlineData("reconcile: {every: 45s}", 45, false)]
    [InlineData("reconcile: {every: 2h, off: false}", 7200, false)]
    [InlineData("reconcile: {off: true}", 600, true)]
    public void How_often_forges_are_compared_is_read(string line, int seconds, bool isOff)
    {
        var reading = Read($"{Whole}\n{line}\n");
        Assert.Empty(reading.Problems);
        Assert.Equal((TimeSpan.FromSeconds(seconds), isOff), (reading.Value!.Reconcile.Every, reading.Value.Reconcile.IsOff));
    }

    [Theory]
    [InlineData("{every: 10}", "`every` should be a time from `5s` to `24h`, for instance `10m`")]
    [InlineData("{every: 1s}", "`every` should be a time from `5s` to `24h`, for instance `10m`")]
    [InlineData("{every: 25h}", "`every` should be a time from `5s` to `24h`, for instance `10m`")]
    [InlineData("{often: 10m}", "key `often` is not known")]
    public void A_time_that_is_none_is_refused(string value, string problem)
    {
        var reading = Read($"{Whole}\nreconcile: {value}\n");
        Assert.StartsWith(problem, Assert.Single(reading.Problems).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 90)]
    [InlineData("retention: {}", 90)]
    [InlineData("retention: {webhooks: 7d}", 7)]
    [InlineData("retention: {webhooks: 3650d}", 3650)]
    public void How_long_webhooks_are_kept_is_read(string line, int days)
    {
        var reading = Read($"{Whole}\n{line}\n");
        Assert.Empty(reading.Problems);
        Assert.Equal(TimeSpan.FromDays(days), reading.Value!.Retention.Webhooks);
    }

    [Theory]
    [InlineData("{webhooks: 6d}", "`webhooks` should be a number of days from `7d` to `3650d`, for instance `90d`")]
    [InlineData("{webhooks: 3651d}", "`webhooks` should be a number of days")]
    [InlineData("{webhooks: 90}", "`webhooks` should be a number of days")]
    [InlineData("{webhooks: 090d}", "`webhooks` should be a number of days")]
    [InlineData("{webhooks: 24h}", "`webhooks` should be a number of days")]
    [InlineData("{webhooks: -9d}", "`webhooks` should be a number of days")]
    [InlineData("{webhook: 90d}", "key `webhook` is not known; did you mean `webhooks`?")]
    public void A_time_of_keeping_that_is_none_is_refused_with_its_line(string value, string problem)
    {
        var wrong = Assert.Single(Read($"{Whole}\nretention: {value}\n").Problems);
        Assert.StartsWith(problem, wrong.Message, StringComparison.Ordinal);
        Assert.Equal($"{Whole}\n".Split('\n').Length, wrong.Line);
    }

    [Fact]
    public void The_limits_of_a_bundle_are_read_and_the_rest_stays_as_usual()
    {
        const string limits = "{milliseconds: 250, megabytes: 64, megasteps: 3, depth: 50, size: 1000, compileSeconds: 7}";
        var reading = Read(Whole.Replace("opa: http://127.0.0.1:8181", $"limits: {limits}", StringComparison.Ordinal));
        Assert.Empty(reading.Problems);
        var wanted = RegoLimits.Default with
        {
            Time = TimeSpan.FromMilliseconds(250),
            AllocatedBytes = 64 << 20,
            Steps = 3_000_000,
            CallDepth = 50,
            ResultSize = 1000,
            CompileTime = TimeSpan.FromSeconds(7),
        };
        Assert.Equal(wanted, reading.Value!.Bundles[0].Limits);
    }

    [Fact]
    public void The_capabilities_of_a_bundle_are_read_and_without_them_nothing_is_granted()
    {
        const string capabilities = "{functions: [http.send, opa.runtime], allowNet: [inventory.example.org, \"10.0.0.7:8443\"]}";
        var reading = Read(Whole.Replace("opa: http://127.0.0.1:8181", $"capabilities: {capabilities}", StringComparison.Ordinal));
        Assert.Empty(reading.Problems);
        var grants = reading.Value!.Bundles[0].Grants;
        Assert.Equal(["http.send", "opa.runtime"], grants.Functions);
        Assert.True(grants.AllowsHost("Inventory.example.org", 443));
        Assert.True(grants.AllowsHost("10.0.0.7", 8443));
        Assert.False(grants.AllowsHost("10.0.0.7", 443));
        Assert.False(grants.AllowsHost("example.org", 443));
        Assert.True(Read(Whole).Value!.Bundles[0].Grants.IsEmpty);
    }

    [Theory]
    [InlineData(", opa: http://127.0.0.1:8181}", ", capabilities: {functions: [http.send]}}", "`allowNet` should name the hosts")]
    [InlineData(", opa: http://127.0.0.1:8181}", ", capabilities: {functions: [http.sent], allowNet: [a]}}", "`http.sent` cannot be granted")]
    [InlineData(", opa: http://127.0.0.1:8181}", ", capabilities: {functions: [http.send], allowNet: [\"https://a/\"]}}", "is no host")]
    [InlineData(", opa: http://127.0.0.1:8181}", ", capabilities: {functions: [http.send], allowNet: [\"*.a.org\"]}}", "is no host")]
    [InlineData(", opa: http://127.0.0.1:8181}", ", capabilities: {functions: [opa.runtime], allowNet: [a]}}", "grant one of them")]
    [InlineData("opa: http://127.0.0.1:8181}", "opa: \"http://127.0.0.1:8181\", capabilities: {functions: [opa.runtime]}}", "an OPA server has its own")]
    [InlineData("token: env:TOKEN", "token: ghp_plain", "a secret does not stand here in plain text")]
    [InlineData("token: env:TOKEN", "token: env:ABSENT", "environment variable `ABSENT` is not set")]
    [InlineData("token: env:TOKEN", "token: file:absent", "file `absent` is not there")]
    [InlineData("    webhookSecrets: [literal:first, env:SECOND]", "    statusContext: gate", "connection `hub` has no `webhookSecrets`")]
    [InlineData("forge: github", "forge: githb", "forge `githb` is not known")]
    [InlineData("publicUrl:", "publicUrI:", "did you mean `publicUrl`?")]
    [InlineData("data: state", "publicUrl: x", "key `publicUrl` stands twice, first in line 1")]
    [InlineData("hub:acme", "hob:acme", "with a connection of this file")]
    [InlineData("targets: [folder]", "targets: [floder]", "target `floder` is not among `targets`")]
    [InlineData("count: 2", "count: 0", "a whole number from 1 to 20")]
    [InlineData(", opa: http://127.0.0.1:8181}", ", limits: {milliseconds: 0}}", "`milliseconds` should be a whole number from 1 to 600000")]
    [InlineData(", opa: http://127.0.0.1:8181}", ", limits: {milisecond: 5}}", "did you mean `milliseconds`?")]
    [InlineData("opa: http://127.0.0.1:8181}", "opa: \"http://127.0.0.1:8181\", limits: {size: 5}}", "an OPA server has its own")]
    [InlineData("data: state", "data: &a state", "anchors and tags are not read")]
    [InlineData("data: state", "data: [", "not YAML")]
    [InlineData("prod/**]}", "'{a']}", "its braces do not pair")]
    public void A_fault_is_named_with_what_would_be_right(string right, string wrong, string says)
    {
        var reading = Read(Whole.Replace(right, wrong, StringComparison.Ordinal));
        Assert.Null(reading.Value);
        Assert.Contains(reading.Problems, problem => problem.Message.Contains(says, StringComparison.Ordinal));
        Assert.DoesNotContain(reading.Problems, problem => problem.Message.Contains("ghp_plain", StringComparison.Ordinal));
    }

    [Fact]
    public void All_faults_are_told_at_once_in_the_order_of_lines()
    {
        var reading = Read(Whole.Replace("publicUrl: https", "publicUrl: ftp", StringComparison.Ordinal).Replace("count: 2", "count: x", StringComparison.Ordinal));
        Assert.Equal([1, 14], reading.Problems.Select(problem => problem.Line));
    }

    [Fact]
    public void A_gitlab_connection_may_have_signing_tokens_alone()
    {
        var gitlab = "publicUrl: https://g.example.org\nconnections: [{name: lab, forge: gitlab, api: https://lab.example.org/api/v4, token: env:TOKEN, signingTokens: [env:SECOND]}]";
        var reading = Read(gitlab);
        Assert.Empty(reading.Problems);
        Assert.Equal("https://lab.example.org", reading.Value!.Connections[0].GitUrl);
    }

    [Theory]
    [InlineData("gitea", "https://git.example.org/api/v1", "https://git.example.org")]
    [InlineData("bitbucket-datacenter", "https://bitbucket.example.org/rest/", "https://bitbucket.example.org/scm")]
    [InlineData("bitbucket-datacenter", "https://example.org/bitbucket/rest", "https://example.org/bitbucket/scm")]
    [InlineData("azuredevops", "https://dev.azure.com/acme", "https://dev.azure.com/acme")]
    [InlineData("azuredevops", "https://azure.example.org/tfs/DefaultCollection/", "https://azure.example.org/tfs/DefaultCollection")]
    public void A_forge_of_ones_own_is_cloned_from_beside_its_api(string forge, string api, string git)
    {
        var reading = Read(Whole.Replace("forge: github", $"forge: {forge}\n    api: {api}", StringComparison.Ordinal));
        Assert.Empty(reading.Problems);
        Assert.Equal((api.TrimEnd('/'), git), (reading.Value!.Connections[0].ApiUrl, reading.Value.Connections[0].GitUrl));
    }

    [Theory]
    [InlineData("gitea", "`api` is missing, for instance `api: https://gitea.example.org/api/v1`")]
    [InlineData("bitbucket-datacenter", "`api` is missing, for instance `api: https://bitbucket.example.org/rest`")]
    [InlineData("azuredevops", "`api` is missing, for instance `api: https://dev.azure.com/acme`")]
    public void A_forge_without_a_usual_address_needs_one(string forge, string says)
    {
        var reading = Read(Whole.Replace("forge: github", $"forge: {forge}", StringComparison.Ordinal));
        Assert.Equal(says, Assert.Single(reading.Problems).Message);
    }

    [Fact]
    public void A_forge_of_ones_own_whose_api_has_an_unusual_ending_says_where_it_is_cloned_from()
    {
        const string Unusual = "forge: gitea\n    api: https://git.example.org/interface";
        var reading = Read(Whole.Replace("forge: github", Unusual, StringComparison.Ordinal));
        Assert.Contains("`git` is missing", Assert.Single(reading.Problems).Message, StringComparison.Ordinal);
        reading = Read(Whole.Replace("forge: github", $"{Unusual}\n    git: https://git.example.org", StringComparison.Ordinal));
        Assert.Equal("https://git.example.org", reading.Value!.Connections[0].GitUrl);
    }

    [Fact]
    public void A_repository_may_have_the_spaces_that_azure_devops_allows()
    {
        var reading = Read(Whole.Replace("repository: hub:acme/shop", "repository: \"hub:Acme Stores/shop front\"", StringComparison.Ordinal));
        Assert.Empty(reading.Problems);
        Assert.Equal("Acme Stores/shop front", reading.Value!.Environments[0].Repository.Path);
    }

    [Fact]
    public void A_rule_file_is_read_with_the_safe_values_where_it_is_silent()
    {
        var rules = RuleFileReader.Read(Encoding.UTF8.GetBytes("version: 1\napprovals:\n  - name: prod\n"), []).Value!;
        var rule = Assert.Single(rules.Approvals);
        Assert.Equal((1, RuleMode.Enforce, true, false, false, 3), (rule.Count, rule.Mode, rule.DismissOnPush, rule.AuthorMayApprove, rule.ContributorMayApprove, rule.Line));
        Assert.Equal((true, false, false), (rule.TakesReviews, rule.TakesComments, rule.IsOfServer));
    }

    [Fact]
    public void The_server_says_who_may_override()
    {
        const string overrides = """
            rules:
              overrides:
                - name: incident
                  when: {branches: [main], repositories: ["acme/*"]}
                  from: {teams: [acme/oncall], users: [oscar]}
                  minReason: 20
                  evenErrored: true
                - {name: nobody}
            """;
        var reading = Read(Whole.Replace("rules:", overrides, StringComparison.Ordinal));
        Assert.Contains("`from` names nobody", Assert.Single(reading.Problems).Message, StringComparison.Ordinal);
        reading = Read(Whole.Replace("rules:", overrides.Replace("    - {name: nobody}", "", StringComparison.Ordinal), StringComparison.Ordinal));
        Assert.Empty(reading.Problems);
        var rule = Assert.Single(reading.Value!.ServerRules.Overrides);
        Assert.Equal(("incident", 20, true, "main"), (rule.Name, rule.ShortestReason, rule.EvenErrored, rule.When.Branches[0]));
        Assert.Equal(("oscar", "acme/oncall"), (rule.Users[0], rule.Teams[0]));
        Assert.True(Assert.Single(reading.Value.ServerRules.Approvals).IsOfServer);
    }

    [Theory]
    [InlineData("", "`version` is missing")]
    [InlineData("version: 2", "`version` should be `1`")]
    [InlineData("version: 1\napprovals: [{name: a}, {name: a}]", "approval rule `a` stands twice")]
    [InlineData("version: 1\napprovals: [{name: a, mode: off}]", "`enforce` or `warn` or `shadow`")]
    [InlineData("version: 1\napprovals: [{name: a, when: {repositories: [x]}}]", "key `repositories` is not known")]
    [InlineData("version: 1\npolicies: [{name: a, bundle: b, package: '1x'}]", "`package` is a path of words")]
    [InlineData("version: 1\n---\nversion: 1", "a second document")]
    [InlineData("version: 1\napprovals: [{name: a, methods: [review, emoji]}]", "method `emoji` is not known; `review` or `comment` would be right")]
    [InlineData("version: 1\napprovals: [{name: a, methods: []}]", "`methods` is empty")]
    [InlineData("version: 1\noverrides: [{name: a, from: {users: [eve]}}]", "a repository cannot let itself through")]
    [InlineData("- a", "the file holds a map")]
    public void A_faulty_rule_file_is_refused(string text, string says)
    {
        var reading = RuleFileReader.Read(Encoding.UTF8.GetBytes(text), ["b"]);
        Assert.Null(reading.Value);
        Assert.Contains(reading.Problems, problem => problem.Message.Contains(says, StringComparison.Ordinal));
    }

    [Fact]
    public void Depth_and_size_are_bounded()
    {
        Assert.NotEmpty(RuleFileReader.Read(Encoding.UTF8.GetBytes(new string('[', 5000)), []).Problems);
        Assert.NotEmpty(RuleFileReader.Read(new byte[2 << 20], []).Problems);
        Assert.NotEmpty(RuleFileReader.Read(new byte[] { 0xff, 0xfe, 0x31 }, []).Problems);
    }

    private static FileReading<GateConfiguration> Read(string text)
    {
        var secrets = new SecretSource(name => name switch { "TOKEN" => "one", "SECOND" => "two", _ => null }, "/etc/gate");
        // `path: .` is a folder that is there on every machine only where the file's folder is.
        return GateFileReader.Read("/etc/gate/gate.yaml", Encoding.UTF8.GetBytes(text.Replace("path: .,", "path: /,", StringComparison.Ordinal)), secrets);
    }
}
