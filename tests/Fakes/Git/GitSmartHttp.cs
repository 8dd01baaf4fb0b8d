using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOpsGate.Fakes.Git;

/// <summary>Serves the bare repositories below a folder over smart HTTP, by running git's own CGI program.</summary>
public static class GitSmartHttp
{
    private static readonly string[] Services = [".git/info/refs", ".git/git-upload-pack", ".git/git-receive-pack"];

    /// <summary>
    /// Serves <c>{prefix}/{repository}.git</c> from <paramref name="root"/>. A caller whom <paramref name="allows"/> refuses gets 401;
    /// without it everybody may read and push. Every other address below the prefix that no route takes is 404.
    /// </summary>
    /// <param name="app">The fake forge.</param>
    /// <param name="prefix">The path before the repository's, without a slash at the end; empty for none.</param>
    /// <param name="root">The folder that holds the bare repositories.</param>
    /// <param name="allows">Says whether a call is let in; see <see cref="HasToken"/>.</param>
    public static IEndpointConventionBuilder MapGit(
        this IEndpointRouteBuilder app, string prefix, string root, Func<HttpContext, bool>? allows = null) =>
        app.Map(prefix + "/{**path}", (HttpContext context, string path) => ServeAsync(context, path, root, allows));

    /// <summary>Whether the call carries the token: as <c>Bearer</c>, or as the password of <c>Basic</c> with any user name.</summary>
    public static bool HasToken(HttpContext context, string token)
    {
        var header = context.Request.Headers.Authorization.ToString();
        if (header == $"Bearer {token}") return true;
        return Credentials(context) is { } given && given.Password == token;
    }

    /// <summary>The user name and password of <c>Basic</c>, or null.</summary>
    public static (string User, string Password)? Credentials(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)) return null;
        var bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[6..].Trim(), bytes, out var count)) return null;
        var text = Encoding.UTF8.GetString(bytes, 0, count);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : (text[..colon], text[(colon + 1)..]);
    }

    private static async Task ServeAsync(HttpContext context, string path, string root, Func<HttpContext, bool>? allows)
    {
        if (path.Split('/').Contains("..") || !Services.Any(path.EndsWith))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        if (allows is not null && !allows(context))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"git\"";
            return;
        }

        using var git = Process.Start(Cgi(context.Request, path, root))!;
        var errors = git.StandardError.ReadToEndAsync(context.RequestAborted);
        var upload = UploadAsync(context, git);
        try
        {
            var output = git.StandardOutput.BaseStream;
            await ReadHeadersAsync(output, context.Response);
            await output.CopyToAsync(context.Response.Body, context.RequestAborted);
            await upload;
            await git.WaitForExitAsync(context.RequestAborted);
            await errors;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            context.Abort();
        }
        finally
        {
            if (!git.HasExited) git.Kill(entireProcessTree: true);
        }
    }

    private static ProcessStartInfo Cgi(HttpRequest request, string path, string root)
    {
        var start = new ProcessStartInfo("git", ["http-backend"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var environment = start.Environment;
        environment["GIT_PROJECT_ROOT"] = root;
        environment["GIT_HTTP_EXPORT_ALL"] = "1";
        environment["GIT_CONFIG_NOSYSTEM"] = "1";
        environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        environment["PATH_INFO"] = "/" + path;
        environment["REQUEST_METHOD"] = request.Method;
        environment["QUERY_STRING"] = request.QueryString.Value?.TrimStart('?') ?? "";
        environment["CONTENT_TYPE"] = request.ContentType ?? "";
        environment["REMOTE_ADDR"] = "127.0.0.1";
        environment["REMOTE_USER"] = Credentials(request.HttpContext)?.User ?? "tester";
        environment.Remove("CONTENT_LENGTH");
        if (request.ContentLength is { } length) environment["CONTENT_LENGTH"] = length.ToString();
        if (request.Headers["Git-Protocol"] is [{ } protocol]) environment["GIT_PROTOCOL"] = protocol;
        if (request.Headers.ContentEncoding is [{ } encoding]) environment["HTTP_CONTENT_ENCODING"] = encoding;
        return start;
    }

    private static async Task UploadAsync(HttpContext context, Process git)
    {
        try
        {
            await context.Request.Body.CopyToAsync(git.StandardInput.BaseStream, context.RequestAborted);
        }
        catch (IOException)
        {
            // The program may answer and leave before it has read everything.
        }

        git.StandardInput.Close();
    }

    private static async Task ReadHeadersAsync(Stream output, HttpResponse response)
    {
        while (await ReadLineAsync(output) is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0) continue;
            var (name, value) = (line[..colon], line[(colon + 1)..].Trim());
            if (name.Equals("Status", StringComparison.OrdinalIgnoreCase)) response.StatusCode = int.Parse(value.Split(' ')[0]);
            else response.Headers.Append(name, value);
        }
    }

    private static async Task<string> ReadLineAsync(Stream stream)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (await stream.ReadAsync(one) == 1 && one[0] != '\n')
        {
            if (one[0] != '\r') line.Append((char)one[0]);
        }

        return line.ToString();
    }
}
