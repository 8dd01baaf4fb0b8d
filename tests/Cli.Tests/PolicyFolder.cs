using System.Text;
using System.Text.RegularExpressions;

namespace GitOpsGate.Cli.Tests;

/// <summary>Policies with tests of every kind, and their outputs with what changes from run to run taken out.</summary>
internal sealed partial class PolicyFolder : IDisposable
{
    private readonly TestFolder _folder = new();

    public PolicyFolder()
    {
        _folder.Write("p/a.rego", """
            package a

            default allow := false

            allow if {
            	input.user == data.settings.owner
            	input.n > 2
            }

            never if {
            	input.kind == "x"
            	count(input.y) > 3
            }

            double(x) := y if y := x + x
            """);
        _folder.Write("p/settings/data.json", """{"owner": "admin"}""");
        _folder.Write("p/a_test.rego", """
            package a_test

            import data.a

            test_allow if a.allow with input as {"user": "admin", "n": 3}

            test_deny if {
            	print("the user is", "bob")
            	not a.allow with input as {"user": "bob"}
            	a.double(1) == 3
            }

            test_twice if true

            test_twice if false

            todo_test_later if false

            test_conflict if data.b.conflict == 1

            test_cases[name] if {
            	some name, one in {"one": {"n": 1, "w": 2}, "two": {"n": 2, "w": 5}}
            	a.double(one.n) == one.w
            }
            """);
        _folder.Write("p/b.rego", "package b\n\nconflict := 1\n\nconflict := 2\n");
    }

    public string Path => System.IO.Path.Combine(_folder.Path, "p");

    public string Write(string name, string text) => _folder.Write(name, text);

    /// <summary>Output without the folder's own name and without times; what was printed is read from its Base64.</summary>
    public string Plain(string output)
    {
        var readable = Printed().Replace(output, match => Encoding.UTF8.GetString(Convert.FromBase64String(match.Value)).Replace("\n", "\\n", StringComparison.Ordinal));
        return Times().Replace(readable.Replace(_folder.Path + "/", "", StringComparison.Ordinal), "${before}T${after}");
    }

    public void Dispose() => _folder.Dispose();

    [GeneratedRegex(@"(?<before>\(|""duration"": |time="")\d+(\.\d+)?(?<after> ms\)|,|""|\n)")]
    private static partial Regex Times();

    [GeneratedRegex(@"(?<=""output"": "")[A-Za-z0-9+/=]+(?="")")]
    private static partial Regex Printed();
}
