using GitOpsGate.WebhookGateway.Composition;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>What a gateway says when it cannot start.</summary>
public class StartTests
{
    [Fact]
    public async Task A_bad_configuration_is_refused_with_every_problem_at_once()
    {
        var folder = Directory.CreateTempSubdirectory("gate-").FullName;
        var path = Path.Combine(folder, "gate.yaml");
        await File.WriteAllTextAsync(path, """
            publicUrl: not-an-address
            connections:
              - name: hub
                forge: sourcehut
                token: literal:t
                webhookSecrets: [literal:s]
            nonsense: 1
            """, TestContext.Current.CancellationToken);
        var (output, errors) = (new StringWriter(), new StringWriter());
        Assert.Equal(2, await Startup.RunAsync(["--config", path], output, errors));
        var said = errors.ToString();
        Assert.All(["publicUrl", "sourcehut", "nonsense", "does not start"], word => Assert.Contains(word, said, StringComparison.Ordinal));
        Assert.Equal("", output.ToString());
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("--port", "99999")]
    [InlineData("--prot", "80")]
    [InlineData("--config")]
    public async Task A_command_line_that_is_not_understood_is_refused_with_the_usage(params string[] args)
    {
        var errors = new StringWriter();
        Assert.Equal(2, await Startup.RunAsync(args, new StringWriter(), errors));
        Assert.Contains("usage:", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_is_away_is_named_in_one_line()
    {
        var errors = await StartAsync("postgres: \"literal:Host=127.0.0.1;Port=9;Username=gate;Timeout=3\"\n");
        Assert.Contains("the gateway does not start: ", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_folder_that_is_no_folder_is_named_in_one_line()
    {
        var file = Path.GetTempFileName();
        var errors = await StartAsync("", file);
        Assert.Contains("the gateway does not start: ", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        File.Delete(file);
    }

    private static async Task<string> StartAsync(string more, string data = "./data")
    {
        var folder = Directory.CreateTempSubdirectory("gate-").FullName;
        var path = Path.Combine(folder, "gate.yaml");
        await File.WriteAllTextAsync(path, $"""
            publicUrl: http://127.0.0.1:1
            data: {data}
            connections:
              - name: hub
                forge: github
                token: literal:t
                webhookSecrets: [literal:s]
            {more}
            """, TestContext.Current.CancellationToken);
        var errors = new StringWriter();
        Assert.Equal(2, await Startup.RunAsync(["--config", path, "--urls", "http://127.0.0.1:0"], new StringWriter(), errors));
        Directory.Delete(folder, recursive: true);
        return errors.ToString();
    }
}
