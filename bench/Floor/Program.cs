using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Bench.Floor;

if (args is ["--pace", var port, var perSecond, var seconds])
    return Pace.Run(int.Parse(port, CultureInfo.InvariantCulture), int.Parse(perSecond, CultureInfo.InvariantCulture), double.Parse(seconds, CultureInfo.InvariantCulture));

// The floor of the door's benchmark: the same Kestrel takes the same webhook, checks its HMAC over the raw bytes, and forgets it.
var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.ClearProviders();
var app = builder.Build();
var secret = Encoding.UTF8.GetBytes(Environment.GetEnvironmentVariable("BENCH_WEBHOOK_SECRET") ?? "");
app.MapPost("/hooks/{connection}", async (HttpContext context) =>
{
    using var body = new MemoryStream((int)(context.Request.ContentLength ?? 0));
    await context.Request.Body.CopyToAsync(body, context.RequestAborted);
    var claimed = context.Request.Headers["X-Hub-Signature-256"].ToString();
    var expected = "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(secret, body.GetBuffer().AsSpan(0, (int)body.Length)));
    var isRight = CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(expected), Encoding.ASCII.GetBytes(claimed));
    context.Response.StatusCode = isRight ? StatusCodes.Status202Accepted : StatusCodes.Status401Unauthorized;
});
await app.RunAsync();
return 0;
