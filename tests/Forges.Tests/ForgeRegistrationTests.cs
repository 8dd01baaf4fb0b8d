using GitOpsGate.Ports;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace GitOpsGate.Forges.Tests;

/// <summary>A forge that is registered is reached by its name and is held to the contract.</summary>
public sealed class ForgeRegistrationTests
{
    public static TheoryData<string> Names => [.. ForgeRegistration.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_registered_forge_is_found_by_the_name_that_it_gives_itself(string name)
    {
        await using var room = Rooms.Fresh();
        Assert.Equal(name, room.GetRequiredService<ForgeRoster>().Find(name)?.Name);
        Assert.Contains(room.GetServices<IForge>(), forge => forge.Name == name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_registered_forge_is_held_to_the_contract(string name)
    {
        await using var room = Rooms.Fresh();
        // Folder for folder: `Forges/GitHub` is tested in `Forges.Tests/GitHub`.
        var folder = room.GetRequiredService<ForgeRoster>().Find(name)!.GetType().Namespace!.Split('.')[^1];
        foreach (var contract in (Type[])[typeof(ForgeContract), typeof(ForgeSetupContract)])
        {
            Assert.Contains(
                contract.Assembly.GetTypes(),
                type => type.IsSubclassOf(contract) && type.Namespace!.EndsWith($".Tests.{folder}", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_forge_that_is_not_registered_is_not_found()
    {
        await using var room = Rooms.Fresh();
        Assert.Null(room.GetRequiredService<ForgeRoster>().Find("sourcehut"));
        Assert.Equal(ForgeRegistration.All.Keys, room.GetRequiredService<ForgeRoster>().Names);
    }
}
