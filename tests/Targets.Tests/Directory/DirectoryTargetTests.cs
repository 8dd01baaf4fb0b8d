using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Dispatch;
using GitOpsGate.Ports;
using Xunit;

namespace GitOpsGate.Targets.Tests.Directory;

public sealed class DirectoryTargetTests : TargetContract
{
    protected override Task<ITargetRig> StartAsync() => Task.FromResult<ITargetRig>(new Rig());

    [Fact]
    public async Task The_served_link_moves_to_the_new_release_and_old_ones_go()
    {
        await using var rig = new Rig(keep: 2);

        foreach (var commit in "abcd") Assert.IsType<Receipt.Accepted>(await rig.SendAsync(commit));

        Assert.Equal(new string('d', 12), rig.Served());
        Assert.Equal(2, rig.Releases().Count);
        Assert.Contains($"{new string('d', 40)}-{new string('d', 40)}", rig.Releases());
    }

    [Fact]
    public async Task An_old_order_that_comes_again_does_not_roll_back()
    {
        await using var rig = new Rig();
        await rig.SendAsync('a');
        await rig.SendAsync('b');

        Assert.IsType<Receipt.Accepted>(await rig.SendAsync('a'));
        Assert.Equal(new string('b', 12), rig.Served());
        Assert.IsType<Receipt.Accepted>(await rig.SendAsync('a', push: "2"));
        Assert.Equal(new string('a', 12), rig.Served());
        Assert.Equal(2, rig.Git.Exports);
    }

    [Fact]
    public async Task A_tree_that_is_not_the_approved_one_is_refused()
    {
        await using var rig = new Rig();

        var receipt = await rig.Target.SendAsync(Order() with { Tree = new string('f', 40) }, Sample.Warrant, Token);

        Assert.Contains("the order is for", Assert.IsType<Receipt.Refused>(receipt).Why);
        Assert.Empty(rig.Releases());
    }

    [Fact]
    public async Task A_crash_while_files_are_written_leaves_the_old_release_served()
    {
        await using var rig = new Rig();
        await rig.SendAsync('a');
        rig.Git.Midway = () => throw new IOException("the disk is full");

        Assert.IsType<Receipt.NotYet>(await rig.SendAsync('b'));
        Assert.Equal(new string('a', 12), rig.Served());
        Assert.Null(await rig.Target.FindAsync(Order('b'), Token));

        rig.Git.Midway = null;
        Assert.IsType<Receipt.Accepted>(await rig.SendAsync('b'));
        Assert.Equal(new string('b', 12), rig.Served());
        Assert.DoesNotContain(rig.Releases(), name => name.StartsWith('.'));
    }

    [Fact]
    public async Task A_crash_before_the_switch_did_not_happen_and_one_after_it_did()
    {
        await using var rig = new Rig();
        await rig.SendAsync('a');
        await rig.SendAsync('b');

        rig.LeaveJournal('a', push: "9");
        Assert.Null(await rig.Target.FindAsync(Order('a', "9"), Token));
        rig.LeaveJournal('b', push: "9");
        Assert.IsType<Receipt.Accepted>(await rig.Target.FindAsync(Order('b', "9"), Token));
        Assert.Equal(new string('b', 12), rig.Served());
    }

    [Fact]
    public async Task A_release_that_somebody_changed_is_written_anew_beside_it()
    {
        await using var rig = new Rig();
        await rig.SendAsync('a');
        await File.WriteAllTextAsync(Path.Combine(rig.Folder, "current", "index.html"), "defaced", Token);

        Assert.IsType<Receipt.Accepted>(await rig.SendAsync('a', push: "2"));

        Assert.Equal(new string('a', 12), rig.Served());
        Assert.Equal(2, rig.Releases().Count);
    }

    [Fact]
    public async Task While_another_holds_the_lock_an_order_waits()
    {
        await using var rig = new Rig();
        await rig.SendAsync('a');
        Receipt? inside = null, found = null;
        rig.Git.Midway = () =>
        {
            inside = rig.SendAsync('c').GetAwaiter().GetResult();
            found = rig.Target.FindAsync(Order('c'), Token).GetAwaiter().GetResult();
        };

        await rig.SendAsync('b');

        Assert.IsType<Receipt.NotYet>(inside);
        Assert.IsType<Receipt.Unclear>(found);
    }

    [Fact]
    public void Wrong_settings_are_told()
    {
        Assert.Equal(
            [
                "target `site` has `keep: none`; it must be a whole number from 1 to 100",
                "target `site` has `path: www`; it must be an absolute path below the root folder",
                "target `site` has the setting `pth`, which a `directory` target does not know",
            ],
            TargetRegistration.Check(Sample.Source("directory", [("path", "www"), ("keep", "none"), ("pth", "x")])));
        Assert.Contains("unknown kind `ftp`", Assert.Single(TargetRegistration.Check(Sample.Source("ftp", []))));
        Assert.Throws<ArgumentException>(() => TargetRegistration.Make(Sample.Source("directory", []), Sample.Tools(new MemoryMirror())));
    }

    private sealed class Rig : ITargetRig
    {
        private readonly List<string> _obstacles = [];

        public Rig(int keep = 5)
        {
            Folder = System.IO.Directory.CreateTempSubdirectory("gitopsgate-site-").FullName;
            Target = TargetRegistration.Make(
                Sample.Source("directory", [("path", Folder), ("keep", keep.ToString())]), Sample.Tools(Git));
        }

        public string Folder { get; }

        public MemoryMirror Git { get; } = new();

        public ITarget Target { get; }

        public int Deployments => Git.Exports;

        public Task<Receipt> SendAsync(char commit, string push = "1") => Target.SendAsync(Order(commit, push), Sample.Warrant, Token);

        public string Served() => File.ReadAllText(Path.Combine(Folder, "current", "latest", "..", "..", "current", "index.html"));

        public IReadOnlyList<string> Releases() =>
            [.. new DirectoryInfo(Path.Combine(Folder, "releases")).EnumerateDirectories().Select(folder => folder.Name)];

        public void LeaveJournal(char commit, string push) => File.WriteAllText(
            Path.Combine(Folder, ".gate", "pending"), $"{Order(commit, push).Id}\n{new string(commit, 40)}-{new string(commit, 40)}");

        public void Refuse() => Git.Trouble = new GitTroubleException("the commit is gone", isPermanent: true);

        public void Fail() => Git.Trouble = new GitTroubleException("the forge does not answer", isPermanent: false);

        // The order's record cannot be written where a folder stands, so the switch happens and the rest does not.
        public void LoseAnswers() => Obstruct(Path.Combine(
            Folder, ".gate", "orders", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Order().Id)))));

        public void Heal()
        {
            Git.Trouble = null;
            foreach (var path in _obstacles) System.IO.Directory.Delete(path, recursive: true);
            _obstacles.Clear();
        }

        public ValueTask DisposeAsync()
        {
            System.IO.Directory.Delete(Folder, recursive: true);
            return ValueTask.CompletedTask;
        }

        private void Obstruct(string path)
        {
            System.IO.Directory.CreateDirectory(Path.Combine(path, "full"));
            _obstacles.Add(path);
        }
    }
}
