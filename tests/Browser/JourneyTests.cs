using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace GitOpsGate.Browser;

/// <summary>What people do with the pages, by keyboard and without script.</summary>
[Collection(nameof(Stand))]
public class JourneyTests(Stand stand)
{
    private static readonly BrowserNewContextOptions WithoutScript = new() { JavaScriptEnabled = false };

    [Fact]
    public async Task A_developer_finds_by_keyboard_why_a_change_is_denied_and_an_auditor_its_entry()
    {
        var page = await stand.SignedInAsync(WithoutScript);
        await page.Keyboard.PressAsync("Tab");
        await Expect(page.Locator(":focus")).ToHaveTextAsync("Skip to content");
        await page.Keyboard.PressAsync("Enter");

        await Expect(page.Locator("tbody tr")).ToContainTextAsync("alice, to fix what is denied");
        await TabToAsync(page, "a[href^='/rulings/']");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync(stand.Url + stand.RulingPath);

        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Announce the sale");
        var verdict = page.GetByRole(AriaRole.Region, new() { Name = "Verdict: denied" });
        await Expect(verdict.Locator(".place")).ToContainTextAsync("deploy/web.yaml:");
        await Expect(verdict).ToContainTextAsync(stand.Head);
        await Expect(page.Locator("ol.steps > li").First).ToContainTextAsync("fix deploy/web.yaml:");
        await Expect(page.Locator("#decided + .card")).ToContainTextAsync("deploy/web.yaml:11");
        await Expect(page.Locator("dl.facts").Last).ToContainTextAsync("sha256:");
        var owed = page.GetByRole(AriaRole.Table, new() { Name = "What the gate did about it" });
        await Expect(owed).ToContainTextAsync("discharged");

        await TabToAsync(page, "a[href^='/audit?at=']");
        var index = await page.Locator(":focus").InnerTextAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync($"{stand.Url}/audit?at={index}#entry-{index}");
        var entry = page.Locator("tr[aria-current]");
        await Expect(entry).ToContainTextAsync("decision.evaluated");
        await Expect(entry).ToContainTextAsync("deny");
        await Expect(entry.Locator("details code").First).ToBeVisibleAsync();
        await Expect(entry.GetByRole(AriaRole.Link)).ToHaveAttributeAsync("href", stand.RulingPath);
    }

    [Fact]
    public async Task A_stranger_sees_only_the_sign_in_page_and_then_what_was_asked_for()
    {
        var page = await stand.OpenAsync(WithoutScript);
        string[] paths = ["/", stand.RulingPath, $"{stand.RulingPath}/evidence", "/deliveries", "/nowhere", "/audit?at=1"];
        foreach (var path in paths)
        {
            await page.GotoAsync(stand.Url + path);
            await Expect(page).ToHaveTitleAsync("Sign in · GitOps Gate");
            await Expect(page.Locator("body")).Not.ToContainTextAsync("acme");
        }

        await Expect(page.Locator("#token")).ToBeFocusedAsync();
        await page.Keyboard.InsertTextAsync("gog_wrong");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("unknown or was revoked");
        await stand.SignInAsync(page);
        await page.WaitForURLAsync($"{stand.Url}/audit?at=1");
    }

    [Fact]
    public async Task An_operator_replays_a_delivery_verifies_the_log_and_signs_out()
    {
        var page = await stand.SignedInAsync(WithoutScript);
        await page.GotoAsync(stand.Url + stand.DeliveryPath);
        await page.GetByRole(AriaRole.Button, new() { Name = "Replay this delivery" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("The delivery waits again.");
        await page.GotoAsync($"{stand.Url}/audit");
        await page.GetByRole(AriaRole.Button, new() { Name = "Verify the whole log" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("every hash, tile and head agrees");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(page).ToHaveTitleAsync("Sign in · GitOps Gate");
        await page.GotoAsync(stand.Url + stand.RulingPath);
        await Expect(page).ToHaveTitleAsync("Sign in · GitOps Gate");
    }

    [Fact]
    public async Task An_admin_sees_what_connecting_would_do_and_does_it_without_script()
    {
        var page = await stand.SignedInAsync(WithoutScript);
        await page.GotoAsync($"{stand.Url}/connections");
        await page.GetByLabel("Full name").FillAsync("acme/shop");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show what connecting would do" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Nothing was changed");
        await page.GetByRole(AriaRole.Button, new() { Name = "Connect now" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("0 not as asked");
        await Expect(page.Locator("section.card")).ToContainTextAsync("webhook already registered, and checked, on acme/shop");
        await page.GotoAsync($"{stand.Url}/connections");
        await page.GetByLabel("Repository", new() { Exact = true }).FillAsync("acme/shop");
        await page.GetByRole(AriaRole.Button, new() { Name = "Examine" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Table)).ToContainTextAsync("webhook");
    }

    /// <summary>Presses Tab until the focus stands on a link; no page needs more than a few dozen.</summary>
    private static async Task TabToAsync(IPage page, string link)
    {
        for (var i = 0; i < 60; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await page.Locator($"{link}:focus").CountAsync() == 1) return;
        }

        Assert.Fail($"no Tab came to `{link}`");
    }
}
