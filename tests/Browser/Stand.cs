using System.Text.Json;
using GitOpsGate.EndToEnd.Scenes;
using Microsoft.Playwright;
using Xunit;

namespace GitOpsGate.Browser;

/// <summary>
/// A real gateway with one denied change request, and a real Chromium to look at it; both are started once for all tests.
/// </summary>
public sealed class Stand : IAsyncLifetime
{
    private static readonly string[] Places =
    [
        Environment.GetEnvironmentVariable("CHROMIUM") ?? "", "/usr/bin/chromium", "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
    ];

    // What a browser does for its vendor would only slow the tests down, or call somewhere.
    private static readonly string[] Flags =
    [
        "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync",
    ];

    private Stage? _stage;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Why nothing can be looked at here, or null.</summary>
    public string? Missing { get; private set; }

    public string Url => _stage!.Gateway.Url;

    public string Token => _stage!.Gateway.Token;

    /// <summary>The page of the denied ruling, for instance <c>/rulings/019b…</c>.</summary>
    public string RulingPath { get; private set; } = "";

    /// <summary>The page of one delivery.</summary>
    public string DeliveryPath { get; private set; } = "";

    /// <summary>What the doctor finds in the scene's repository.</summary>
    public string DoctorPath => "/connections/doctor?connection=forge&path=acme/shop";

    /// <summary>The commit that was denied.</summary>
    public string Head { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        var chromium = Array.Find(Places, File.Exists);
        if (chromium is null)
        {
            Missing = "no Chromium is here: `apt-get install chromium` brings one, or CHROMIUM names it";
            return;
        }

        _stage = await Stage.SetAsync("github");
        (_, Head) = await _stage.ProposeAsync(
            [("deploy/web.yaml", Manifests.Privileged), ("site/index.html", Manifests.Page("new"))]);
        await _stage.ShowsAsync(Head, ShownVerdict.Denied);
        await _stage.IdleAsync();
        var ruling = First(await _stage.Gateway.GetAsync("changes")).GetProperty("ruling");
        RulingPath = $"/rulings/{ruling.GetProperty("id").GetString()}";
        DeliveryPath = $"/deliveries/{First(await _stage.Gateway.GetAsync("deliveries")).GetProperty("id").GetString()}";
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = chromium,
            ChromiumSandbox = false,
            Args = Flags,
        });
    }

    /// <summary>A fresh browser window of nobody; skips the test where there is no browser.</summary>
    public async Task<IPage> OpenAsync(BrowserNewContextOptions? options = null)
    {
        Assert.SkipWhen(Missing is not null, Missing ?? "");
        var context = await _browser!.NewContextAsync(options ?? new BrowserNewContextOptions());
        context.SetDefaultTimeout(15_000);
        return await context.NewPageAsync();
    }

    /// <summary>Opens a window and signs in, which ends on the list of change requests.</summary>
    public async Task<IPage> SignedInAsync(BrowserNewContextOptions? options = null)
    {
        var page = await OpenAsync(options);
        await page.GotoAsync(Url);
        await SignInAsync(page);
        await page.WaitForURLAsync($"{Url}/");
        return page;
    }

    /// <summary>Signs in on the page that asks for it, with the keyboard alone: the field has the focus already.</summary>
    public async Task SignInAsync(IPage page)
    {
        await Assertions.Expect(page.Locator("#token")).ToBeFocusedAsync();
        await page.Keyboard.InsertTextAsync(Token);
        await page.Keyboard.PressAsync("Enter");
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
        if (_stage is not null) await _stage.DisposeAsync();
    }

    private static JsonElement First(JsonElement page) => page.GetProperty("items")[0];
}

/// <summary>All tests share one stand, one after the other.</summary>
[CollectionDefinition(nameof(Stand))]
public class StandCollection : ICollectionFixture<Stand>;
