using GitOpsGate.WebhookGateway.Ui;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace GitOpsGate.WebhookGateway.Tests.Ui;

/// <summary>Renders one page to its HTML, without a server.</summary>
internal static class PagePaper
{
    /// <summary>The page's HTML; addresses that change with the style sheet's content are named by their file instead.</summary>
    public static async Task<string> RenderAsync<TPage>(params (string Name, object? Value)[] parameters)
        where TPage : IComponent
    {
        await using var services =
            new ServiceCollection().AddSingleton<AntiforgeryStateProvider, FixedToken>().BuildServiceProvider();
        await using var renderer = new HtmlRenderer(services, NullLoggerFactory.Instance);
        var html = await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var values = parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value);
            return (await renderer.RenderComponentAsync<TPage>(ParameterView.FromDictionary(values))).ToHtmlString();
        });
        return html.Replace(GateAssets.Style.Address, "/assets/gate.css", StringComparison.Ordinal)
            .Replace(GateAssets.Icon.Address, "/assets/gate.svg", StringComparison.Ordinal) + "\n";
    }

    private sealed class FixedToken : AntiforgeryStateProvider
    {
        public override AntiforgeryRequestToken GetAntiforgeryToken() => new("form-token", "__RequestVerificationToken");
    }
}
