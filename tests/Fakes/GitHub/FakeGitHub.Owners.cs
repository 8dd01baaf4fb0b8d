using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOpsGate.Fakes.GitHub;

/// <summary>Who owns which repositories, and what this GitHub is.</summary>
public sealed partial class FakeGitHub
{
    private readonly Dictionary<string, string> _moved = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Renames a repository, or gives it to another owner; its old address leads to the new one.</summary>
    public async Task MoveAsync(GitHubRepository repository, string by, string path)
    {
        var (before, after) = (repository.Path.Split('/'), path.Split('/'));
        // Git is served at both names, as GitHub leads from the old one to the new one.
        var folder = System.IO.Path.Combine(_folder.FullName, path + ".git");
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(folder)!);
        Directory.CreateSymbolicLink(folder, System.IO.Path.Combine(_folder.FullName, repository.Path + ".git"));
        lock (_gate)
        {
            _repositories.Remove(repository.Path);
            _moved[repository.Path] = path;
            repository.Path = path;
            _repositories[path] = repository;
        }

        var isRename = before[0] == after[0];
        await SendAsync(repository, "repository", User(by), new JsonObject
        {
            ["action"] = isRename ? "renamed" : "transferred",
            ["changes"] = isRename
                ? new JsonObject { ["repository"] = new JsonObject { ["name"] = new JsonObject { ["from"] = before[1] } } }
                : new JsonObject { ["owner"] = new JsonObject { ["from"] = new JsonObject { ["organization"] = new JsonObject { ["login"] = before[0] } } } },
        });
    }

    // As GitHub does: 301 for what reads, 307 for what writes.
    private IResult? Moved(HttpRequest request)
    {
        if (!request.Path.StartsWithSegments($"{Api}/repos", out var rest) || rest.Value?.Split('/') is not ["", var owner, var name, ..] pieces) return null;
        string? path;
        lock (_gate) path = _moved.GetValueOrDefault($"{owner}/{name}");
        if (path is null) return null;
        var further = string.Concat(pieces.Skip(3).Select(piece => $"/{piece}"));
        return Results.Redirect(
            $"{Url}{Api}/repos/{path}{further}{request.QueryString}", permanent: request.Method == "GET", preserveMethod: request.Method != "GET");
    }

    /// <summary>The version that it says it is.</summary>
    public const string Version = "3.18.1";

    /// <summary>Makes the owner of repositories a person; owners are organizations otherwise.</summary>
    public void MakePerson(string login)
    {
        lock (_gate) _persons.Add(User(login).Login);
    }

    private void MapOwners(RouteGroupBuilder api)
    {
        api.MapGet("/meta", () => Json(new JsonObject { ["verifiable_password_authentication"] = true, ["installed_version"] = Version }));
        api.MapGet("/users/{login}", (string login) => Account(login));
        api.MapGet("/orgs/{org}/repos", (HttpContext context, string org) => Owned(context, org, isPerson: false));
        api.MapGet("/users/{login}/repos", (HttpContext context, string login) => Owned(context, login, isPerson: true));
        api.MapGet("/user/repos", (HttpContext context) =>
        {
            lock (_gate)
            {
                var ofPersons = Sorted().Where(repo => _persons.Contains(OwnerOf(repo)));
                return Page(context, ofPersons.Select(repo => ForCaller(context.Request, repo)));
            }
        });
        api.MapGet("/installation/repositories", (HttpContext context) =>
        {
            if (AppOf(context.Request) is not { } app) return Error(403, "You must authenticate with an installation access token");
            lock (_gate)
            {
                var seen = Sorted().Where(repo => app.Repositories?.Contains(repo.Path) ?? true);
                return Page(context, seen.Select(repo => ForCaller(context.Request, repo)), "repositories");
            }
        });
    }

    private GitHubAnswer Account(string login)
    {
        lock (_gate)
        {
            var isOrganization = !_persons.Contains(login)
                && (_repositories.Values.Any(repo => Is(OwnerOf(repo), login)) || _teams.Keys.Any(team => Is(team.Split('/')[0], login)));
            if (isOrganization) return Json(new JsonObject { ["login"] = login, ["id"] = 1, ["type"] = "Organization" });
            return _users.TryGetValue(login, out var user) ? Json(GitHubShapes.User(user)) : Error(404, "Not Found");
        }
    }

    // As on GitHub, a person's list shows to others what is public, and nothing here is.
    private GitHubAnswer Owned(HttpContext context, string owner, bool isPerson)
    {
        lock (_gate)
        {
            var owned = Sorted().Where(repo => Is(OwnerOf(repo), owner) && _persons.Contains(owner) == isPerson).ToList();
            if (owned.Count == 0 && !isPerson) return Error(404, "Not Found");
            return Page(context, isPerson ? [] : owned.Select(repo => ForCaller(context.Request, repo)));
        }
    }

    private JsonObject ForCaller(HttpRequest request, GitHubRepository repository)
    {
        var shown = _shapes.Repository(repository);
        var mayWrite = Caller(request) is { } caller && !repository.Readers.Contains(caller.Login);
        shown["permissions"] = new JsonObject { ["admin"] = mayWrite, ["push"] = mayWrite, ["pull"] = true };
        return shown;
    }

    private IEnumerable<GitHubRepository> Sorted() => _repositories.Values.OrderBy(repo => repo.Id);

    private static string OwnerOf(GitHubRepository repository) => repository.Path.Split('/')[0];

    private static bool Is(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
