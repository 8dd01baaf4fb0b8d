using Xunit;

namespace GitOpsGate.Agent.Tests;

/// <summary>The program: its file, its exit codes.</summary>
public class StartupTests
{
    [Fact]
    public async Task One_pass_ends_with_a_code_that_scripts_can_go_by()
    {
        await using var stage = await Stage.SetAsync();
        var config = await ConfigureAsync(stage);
        await stage.OrderAsync("good");
        Assert.Equal((0, "good"), (await RunAsync(config), stage.Page()));

        await stage.OrderAsync("second");
        stage.Proxy.Instead["/desired"] = "{}"u8.ToArray();
        Assert.Equal((1, "good"), (await RunAsync(config), stage.Page()));
        stage.Proxy.Instead.Clear();
        stage.Proxy.IsDown = true;
        Assert.Equal((3, "good"), (await RunAsync(config), stage.Page()));
        stage.Proxy.IsDown = false;
        await File.WriteAllTextAsync(stage.StatePath, "{", Stage.Cancel);
        Assert.Equal((2, "good"), (await RunAsync(config), stage.Page()));
    }

    [Fact]
    public async Task Everything_that_is_wrong_with_the_file_is_said_at_once()
    {
        var folder = Directory.CreateTempSubdirectory("gitopsgate-agent-");
        try
        {
            var config = Path.Combine(folder.FullName, "agent.yaml");
            await File.WriteAllTextAsync(
                config,
                """
                gateway: http://gate.example.org
                token: env:GITOPSGATE_TESTS_NO_SUCH_VARIABLE
                publicKey: literal:not a key
                path: site
                pollSecond: 5
                """,
                Stage.Cancel);
            var errors = new StringWriter();

            Assert.Equal(2, await Startup.RunAsync(["--config", config, "--once"], TextWriter.Null, errors));

            foreach (var word in (string[])["`gateway` should be `https`", "`target` is missing", "is not set", "PEM `PUBLIC KEY`", "did you mean `pollSeconds`?"])
            {
                Assert.Contains(word, errors.ToString(), StringComparison.Ordinal);
            }

            Assert.Equal(2, await Startup.RunAsync(["--once"], TextWriter.Null, errors));
            Assert.Equal(2, await Startup.RunAsync(["--config", config + ".not", "--once"], TextWriter.Null, errors));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Task<int> RunAsync(string config) => Startup.RunAsync(["--config", config, "--once"], TextWriter.Null, TextWriter.Null);

    private static async Task<string> ConfigureAsync(Stage stage)
    {
        var folder = Path.GetDirectoryName(stage.StatePath)!;
        await File.WriteAllTextAsync(Path.Combine(folder, "token"), stage.Token, Stage.Cancel);
        await File.WriteAllTextAsync(Path.Combine(folder, "warrant.pub"), stage.Signer.PublicKey, Stage.Cancel);
        var config = Path.Combine(folder, "agent.yaml");
        await File.WriteAllTextAsync(
            config,
            $"""
            gateway: {stage.Proxy.Url}
            target: site
            token: file:token
            publicKey: file:warrant.pub
            path: site
            state: agent.json
            """,
            Stage.Cancel);
        return config;
    }
}
