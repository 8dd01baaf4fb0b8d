using System.Collections.Concurrent;
using Microsoft.Playwright;
using Xunit;

namespace GitOpsGate.Browser;

/// <summary>What holds for every page in a real browser.</summary>
[Collection(nameof(Stand))]
public class EveryPageTests(Stand stand)
{
    public static TheoryData<ColorScheme, int> Looks => new()
    {
        { ColorScheme.Light, 1280 }, { ColorScheme.Dark, 1280 }, { ColorScheme.Light, 390 }, { ColorScheme.Dark, 390 },
    };

    [Theory]
    [MemberData(nameof(Looks))]
    public async Task Nobody_is_shut_out(ColorScheme scheme, int width)
    {
        // axe-core runs inside the page, which the pages' own policy would not let it.
        var options = new BrowserNewContextOptions
        {
            ColorScheme = scheme,
            ViewportSize = new() { Width = width, Height = 900 },
            BypassCSP = true,
        };
        var page = await stand.OpenAsync(options);
        var axe = await Axe.SourceAsync();
        await LookAsync("/sign-in?problem=token");
        await stand.SignInAsync(page);
        await page.WaitForURLAsync($"{stand.Url}/");
        foreach (var path in Paths()) await LookAsync(path);

        async Task LookAsync(string path)
        {
            await page.GotoAsync(stand.Url + path);
            Assert.Equal([], from violation in await Axe.ViolationsAsync(page, axe) select $"{path}: {violation}");
            Assert.True(
                await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= document.documentElement.clientWidth"),
                $"{path} is wider than {width} pixels");
        }
    }

    [Fact]
    public async Task A_page_is_itself_one_style_sheet_and_an_icon()
    {
        var page = await stand.SignedInAsync();
        ConcurrentQueue<string> asked = [];
        ConcurrentQueue<string> complaints = [];
        page.Request += (_, request) => asked.Enqueue(request.Url);
        page.Console += (_, message) => complaints.Enqueue($"{page.Url}: {message.Text}");
        foreach (var path in Paths().Where(path => path != "/nowhere"))
        {
            var answer = await page.GotoAsync(stand.Url + path);
            Assert.StartsWith("default-src 'none'; ", answer!.Headers["content-security-policy"], StringComparison.Ordinal);
            Assert.Equal(0, await page.Locator("script, [style], iframe").CountAsync());
        }

        Assert.Empty(complaints);
        Assert.All(asked, url => Assert.StartsWith(stand.Url, url, StringComparison.Ordinal));
        var files = asked.Where(url => url.Contains("/assets/", StringComparison.Ordinal));
        Assert.All(files, url => Assert.Contains(url[(url.LastIndexOf('/') + 1)..], (string[])["gate.css", "gate.svg"]));
    }

    [Fact]
    public async Task The_focus_can_be_seen_wherever_it_goes()
    {
        var page = await stand.SignedInAsync(new BrowserNewContextOptions { BypassCSP = true });
        await page.GotoAsync(stand.Url + stand.RulingPath);
        for (var i = 0; i < 12; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            var outline = await page.Locator(":focus").EvaluateAsync<string>("one => getComputedStyle(one).outline");
            Assert.Contains("solid 3px", outline, StringComparison.Ordinal);
        }
    }

    private IEnumerable<string> Paths() =>
    [
        "/", "/?show=all", "/?show=errored", stand.RulingPath, "/deliveries", stand.DeliveryPath, "/obligations", "/unmanaged", "/connections", stand.DoctorPath, "/audit",
        "/audit?at=3", "/privacy", "/nowhere",
    ];
}
