using GitOpsGate.Deliveries;
using GitOpsGate.Fakes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace GitOpsGate.Forges.Tests.GitHub;

/// <summary>A door as small as can be: it checks each webhook as the gateway does, and notes how it was read.</summary>
internal sealed class Door : FakeServer
{
    private readonly ForgeStage _stage;
    private readonly Lock _gate = new();
    private readonly List<(string Id, string Reading)> _taken = [];

    private Door(ForgeStage stage) => _stage = stage;

    /// <summary>How the deliveries were read, in the order in which they came.</summary>
    public IReadOnlyList<string> Readings
    {
        get
        {
            lock (_gate) return [.. _taken.Select(one => one.Reading)];
        }
    }

    /// <summary>The ids of the deliveries.</summary>
    public IReadOnlyList<string> Ids
    {
        get
        {
            lock (_gate) return [.. _taken.Select(one => one.Id)];
        }
    }

    public static async Task<Door> StartAsync(ForgeStage stage)
    {
        var door = new Door(stage);
        await door.StartAsync(port: 0);
        return door;
    }

    public void Clear()
    {
        lock (_gate) _taken.Clear();
    }

    protected override void Map(WebApplication app) => app.MapPost("/hooks", async (HttpRequest request) =>
    {
        using var bytes = new MemoryStream();
        await request.Body.CopyToAsync(bytes);
        var headers = request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString());
        var body = bytes.ToArray();
        var label = _stage.Forge.LabelsInBody ? _stage.Forge.LabelWithin(body) : _stage.Forge.Label(headers);
        if (label is null) return Results.BadRequest();
        if (_stage.Forge.Verify(_stage.Connection, headers, body, default) != SignatureCheck.Match) return Results.Unauthorized();
        var delivery = ReadingText.Delivery(_stage.Forge.Name, label.Event, body);
        lock (_gate) _taken.Add((label.ForgeId, ReadingText.Of(_stage.Forge.Read(delivery))));
        return Results.Accepted();
    });

    protected override IResult? Refuse(HttpRequest request) => null;
}
