using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace GitOpsGate.WebhookGateway.Ui;

/// <summary>A sentence of the gate: what stands between backticks is shown as code. Everything is escaped.</summary>
public sealed class Prose : ComponentBase
{
    [Parameter, EditorRequired] public required string Text { get; set; }

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        // What a stranger wrote from right to left must not turn the words around it: the style sheet isolates the span.
        builder.OpenElement(0, "span");
        builder.AddAttribute(1, "class", "prose");
        var parts = Text.Split('`');
        for (var i = 0; i < parts.Length; i++)
        {
            // A part with an odd number stands between two backticks, unless it is the last: then its backtick has no partner.
            if (i % 2 == 0)
            {
                builder.AddContent(2, parts[i]);
            }
            else if (i == parts.Length - 1)
            {
                builder.AddContent(3, $"`{parts[i]}");
            }
            else
            {
                builder.OpenElement(4, "code");
                builder.AddContent(5, parts[i]);
                builder.CloseElement();
            }
        }

        builder.CloseElement();
    }
}
