using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Ui;

/// <summary>
/// Shows a person's browser a page where a program would get problem JSON: an address that is nobody's, a role too low, a bug.
/// </summary>
internal sealed class PageProblems : IProblemDetailsWriter
{
    private static readonly string[] Machines = ["/api", "/audit/v1", "/hooks", "/metrics", "/openapi", "/health"];

    public bool CanWrite(ProblemDetailsContext context)
    {
        var request = context.HttpContext.Request;
        return !Array.Exists(Machines, machine => request.Path.StartsWithSegments(machine, StringComparison.Ordinal))
            && request.GetTypedHeaders().Accept
                .Any(type => type.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase));
    }

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var http = context.HttpContext;
        PageHeaders.Set(http.Response);
        var (title, text) = Says(http.Response.StatusCode);
        var page = new RazorComponentResult<MessagePage>(
            new { Title = title, Text = text, IsSignedIn = http.User.Identity?.IsAuthenticated ?? false })
        {
            StatusCode = http.Response.StatusCode,
        };
        await page.ExecuteAsync(http);
    }

    private static (string Title, string Text) Says(int status) => status switch
    {
        StatusCodes.Status400BadRequest => ("Not understood", "This address or form says something that the gate cannot read."),
        StatusCodes.Status403Forbidden => ("Not allowed", "Your token's role does not reach here."),
        StatusCodes.Status404NotFound => ("Not found", "There is no page at this address."),
        StatusCodes.Status405MethodNotAllowed => ("Not understood", "This address is not used in this way."),
        < StatusCodes.Status500InternalServerError => ("Could not be done", $"The gate answered {status}."),
        _ => ("Something went wrong", "The gate could not make this page. What happened stands in its log."),
    };
}
