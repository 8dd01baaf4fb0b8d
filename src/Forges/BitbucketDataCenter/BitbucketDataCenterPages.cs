using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.BitbucketDataCenter;

/// <summary>
/// Addresses of Bitbucket Data Center's REST API, and its lists: a page says where the next one starts, and the last one that it is the
/// last. A page that says neither is trouble, since half a list is a wrong answer.
/// </summary>
internal static class BitbucketDataCenterPages
{
    private const string Values = "values";

    /// <summary>A repository's address below one of the API's roots, for instance <c>/api/latest</c>.</summary>
    /// <param name="path"><c>PROJECT/slug</c> or <c>~user/slug</c>.</param>
    /// <exception cref="ForgeTroubleException">The path is not made of two pieces.</exception>
    public static string Repository(string path, string root = "/api/latest")
    {
        var pieces = ForgeLink.Safe(path).Split('/');
        return pieces.Length == 2
            ? $"{root}/projects/{pieces[0]}/repos/{pieces[1]}"
            : throw new ForgeTroubleException(
                $"`{path}` is no repository; `PROJECT/slug` or `~user/slug` would be right", TroubleKind.Refused);
    }

    /// <summary>A whole list.</summary>
    public static async Task<ImmutableArray<JsonElement>> ListAllAsync(
        this ForgeLink link, string path, CancellationToken cancellation, string itemsIn = Values)
    {
        var items = ImmutableArray.CreateBuilder<JsonElement>();
        await foreach (var item in link.ListEachAsync(path, cancellation, itemsIn))
        {
            if (items.Count == ForgeLink.ListLimit)
            {
                throw new ForgeTroubleException(
                    $"the list at `{path}` has more than {ForgeLink.ListLimit} items", TroubleKind.Refused);
            }

            items.Add(item);
        }

        return items.ToImmutable();
    }

    /// <summary>A list item by item; the next page is asked for only when it is wanted.</summary>
    /// <param name="itemsIn">The name under which a page holds its items.</param>
    public static async IAsyncEnumerable<JsonElement> ListEachAsync(
        this ForgeLink link, string path, [EnumeratorCancellation] CancellationToken cancellation, string itemsIn = Values)
    {
        for (long? start = 0; start is { } at;)
        {
            var page = await link.GetAsync(at == 0 ? path : $"{path}{(path.Contains('?') ? '&' : '?')}start={at}", cancellation);
            if (page.Child(itemsIn).ValueKind != JsonValueKind.Array)
            {
                throw new ForgeTroubleException(
                    $"a page of `{path}` has no list `{itemsIn}`", TroubleKind.Unavailable);
            }

            foreach (var item in page.Items(itemsIn)) yield return item;
            start = page.Flag("isLastPage") ? null : Next(page, path, at);
        }
    }

    private static long Next(JsonElement page, string path, long at) =>
        page.Number("nextPageStart") is { } next && next > at
            ? next
            : throw new ForgeTroubleException(
                $"a page of `{path}` is not the last one and does not say where the next one starts", TroubleKind.Unavailable);
}
