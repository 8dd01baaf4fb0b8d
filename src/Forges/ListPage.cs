namespace GitOpsGate.Forges;

/// <summary>What is asked for is one page of a list.</summary>
/// <param name="ItemsIn">The name under which the page holds its items; null when the page itself is the list.</param>
internal sealed record ListPage(string? ItemsIn)
{
    // The names by which the forges are asked for so many items at once.
    private static readonly string[] Sizes = ["per_page", "pagelen", "limit", "$top"];

    /// <summary>
    /// Whether an answer may be kept to be used again once the forge says that it has not changed. A 304 needs no Link (RFC 9110 §15.4.5), so
    /// it does not tell that a page without a next one has got one meanwhile; what was added would never be seen. So a page is kept only when
    /// it has a next one, or when half of it is free, and what is added must stand on it. Less would do where every item is shown; but some
    /// count and are hidden from us, and take a place.
    /// </summary>
    /// <param name="address">What was asked; a list that was asked for without a size is not kept unless it has a next page.</param>
    public bool MayKeep(Uri address, RawAnswer answer)
    {
        if (LinkHeader.Next(answer.Link) is not null) return true;
        var page = answer.Peek();
        if (page.Has("next")) return true;
        var count = (ItemsIn is null ? page.Items() : page.Items(ItemsIn)).Count();
        return SizeOf(address) is { } size && 2 * count <= size;
    }

    private static int? SizeOf(Uri address) =>
        address.Query.TrimStart('?').Split('&').Select(pair => pair.Split('='))
            .Where(pair => pair.Length == 2 && Sizes.Contains(Uri.UnescapeDataString(pair[0])))
            .Select(pair => int.TryParse(pair[1], out var size) ? size : (int?)null).FirstOrDefault();
}
