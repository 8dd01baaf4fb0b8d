using GitOpsGate.Access;
using GitOpsGate.Configuration;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;

namespace GitOpsGate.WebhookGateway.Access;

/// <summary>Who may come in: everything asks for a viewer unless it says otherwise.</summary>
internal static class AccessRegistration
{
    public static IServiceCollection AddAccess(this IServiceCollection services, GateConfiguration configuration)
    {
        services.AddSingleton<TokenDesk>();
        services.AddDataProtection()
            .SetApplicationName("GitOpsGate")
            .PersistKeysToFileSystem(KeyFolder(configuration.DataFolder));
        services.AddAntiforgery(options =>
        {
            options.Cookie.Name = "gate-form";
            options.Cookie.HttpOnly = true;
            options.Cookie.SameSite = SameSiteMode.Strict;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        services.AddAuthentication(Schemes.Either)
            .AddPolicyScheme(Schemes.Either, null, options => options.ForwardDefaultSelector = SchemeOf)
            .AddScheme<AuthenticationSchemeOptions, TokenHandler>(Schemes.Bearer, null)
            .AddCookie(Schemes.Session, options => Describe(options, configuration));
        services.AddAuthorizationBuilder()
            .AddPolicy(Schemes.Viewer, policy => Needs(policy, Role.Viewer))
            .AddPolicy(Schemes.Operator, policy => Needs(policy, Role.Operator))
            .AddPolicy(Schemes.Admin, policy => Needs(policy, Role.Admin))
            .AddPolicy(Schemes.Agent, policy => Needs(policy, Role.Agent))
            .AddPolicy(Schemes.Auditor, policy => Needs(policy, Role.Auditor))
            .SetFallbackPolicy(Needs(new AuthorizationPolicyBuilder(), Role.Viewer).Build());
        return services;
    }

    /// <summary>
    /// A call with an Authorization header, and every call to the API without a cookie, is a token's; the rest are sessions.
    /// </summary>
    private static string SchemeOf(HttpContext context)
    {
        if (context.Request.Headers.ContainsKey("Authorization")) return Schemes.Bearer;
        var isApi = context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal)
            || context.Request.Path.StartsWithSegments("/audit/v1", StringComparison.Ordinal)
            || context.Request.Path.StartsWithSegments("/agent", StringComparison.Ordinal)
            || context.Request.Path.StartsWithSegments("/metrics", StringComparison.Ordinal)
            || context.Request.Path.StartsWithSegments("/openapi", StringComparison.Ordinal);
        return isApi && !context.Request.Cookies.ContainsKey(CookieName) ? Schemes.Bearer : Schemes.Session;
    }

    private const string CookieName = "gate-session";

    private static void Describe(CookieAuthenticationOptions options, GateConfiguration configuration)
    {
        options.Cookie.Name = CookieName;
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Strict;
        options.Cookie.SecurePolicy = configuration.PublicUrl.StartsWith("https:", StringComparison.OrdinalIgnoreCase)
            ? CookieSecurePolicy.Always
            : CookieSecurePolicy.SameAsRequest;
        options.LoginPath = "/sign-in";
        options.ReturnUrlParameter = "return";
        options.ExpireTimeSpan = TimeSpan.FromHours(12);
        options.SlidingExpiration = false;
        options.Events.OnValidatePrincipal = Sessions.StillStandsAsync;
        options.Events.OnRedirectToAccessDenied = context =>
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        };
    }

    private static AuthorizationPolicyBuilder Needs(AuthorizationPolicyBuilder policy, Role role) =>
        policy.RequireAuthenticatedUser().RequireAssertion(context => Schemes.CallerOf(context.User).May(role));

    private static DirectoryInfo KeyFolder(string dataFolder)
    {
        var folder = Path.Combine(dataFolder, "keys");
        // Whoever reads these keys can make himself a session.
        return OperatingSystem.IsWindows()
            ? Directory.CreateDirectory(folder)
            : Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
