namespace GitOpsGate.Policies.Tests.Differential;

/// <summary>One way to make a value: literal text and operands, one after the other.</summary>
internal sealed record CallForm(IReadOnlyList<(string? Literal, Shape Shape)> Parts);

/// <summary>
/// The operators and functions that generated modules use, by the shape that they give. In a form, <c>N T B A L S O</c> after a
/// <c>$</c> stand for a number, a text, a truth, numbers, texts, a set and an object, <c>$?</c> for anything.
/// </summary>
internal static class GeneratedCalls
{
    private static readonly Dictionary<Shape, CallForm[]> Forms = new()
    {
        [Shape.Number] = Read(
            "($N + $N)", "($N - $N)", "($N * $N)", "($N / $N)", "($N % $N)", "count($A)", "count($L)", "count($S)", "count($O)", "count($T)",
            "sum($A)", "max($A)", "min($A)", "abs($N)", "round($N)", "floor($N)", "ceil($N)", "to_number($T)", "indexof($T, $T)",
            "strings.count($T, $T)", "bits.and($N, $N)", "bits.or($N, $N)", "bits.xor($N, $N)", "object.get($O, $T, $N)", "product([$N, $N])",
            "time.parse_duration_ns(\"1h30m\")", "semver.compare(\"1.2.3\", \"1.10.0\")", "units.parse(\"1.5K\")", "units.parse_bytes(\"2MiB\")"),
        [Shape.Text] = Read(
            "concat($T, $L)", "lower($T)", "upper($T)", "trim($T, $T)", "trim_left($T, $T)", "trim_right($T, $T)", "trim_prefix($T, $T)",
            "trim_suffix($T, $T)", "trim_space($T)", "replace($T, $T, $T)", "sprintf(\"%v\", [$?])", "sprintf(\"%d|%s\", [$N, $T])",
            "sprintf(\"%5d|%-4s|%v\", [$N, $T, $?])", "substring($T, $N, $N)", "substring($T, 0, 1)", "format_int($N, 10)", "format_int($N, 16)",
            "json.marshal($?)", "base64.encode($T)", "hex.encode($T)", "type_name($?)", "strings.reverse($T)", "urlquery.encode($T)",
            "crypto.sha256($T)", "base64url.encode($T)", "regex.replace($T, \"[a-k]+\", $T)", "strings.replace_n({\"a\": $T, \"b\": $T}, $T)",
            "yaml.marshal({\"a\": $N, \"b\": $A})", "base64.decode(base64.encode($T))", "time.weekday(0)", "sprintf(\"%q\", [$T])"),
        [Shape.Truth] = Read(
            "startswith($T, $T)", "endswith($T, $T)", "contains($T, $T)", "regex.match(\"^[a-z]+\", $T)", "glob.match(\"a*\", [], $T)",
            "glob.match(\"*/b\", [\"/\"], $T)", "is_number($?)", "is_string($?)", "is_array($?)", "is_object($?)", "is_set($?)", "is_boolean($?)",
            "is_null($?)", "strings.any_prefix_match($L, $L)", "strings.any_suffix_match($T, $L)", "object.subset($O, $O)", "object.subset($S, $S)",
            "semver.is_valid($T)", "net.cidr_contains(\"10.0.0.0/8\", \"10.1.2.3\")", "json.is_valid($T)", "regex.is_valid($T)",
            "$N in $S", "$N in $A", "$T, $N in $O", "base64.is_valid($T)"),
        [Shape.Numbers] = Read(
            "[$N, $N]", "array.concat($A, $A)", "array.slice($A, $N, $N)", "array.reverse($A)", "numbers.range(0, 3)", "sort($A)", "[v | some v in $A]",
            "indexof_n($T, $T)", "[$N | true]", "numbers.range_step(0, 10, 3)", "sort([v | some v in $A])", "[i | some i, _ in $A]"),
        [Shape.Texts] = Read(
            "[$T, $T]", "split($T, $T)", "array.concat($L, $L)", "array.reverse($L)", "sort($L)", "regex.find_n(\"[a-z]\", $T, -1)",
            "regex.split(\"[^a-z]\", $T)", "[k | some k, _ in $O]", "array.slice($L, 0, 2)"),
        [Shape.Set] = Read(
            "{$?, $?}", "($S | $S)", "($S & $S)", "($S - $S)", "union({$S, $S})", "intersection({$S, $S})", "object.keys($O)", "{v | some v in $A}",
            "{v | some v in $L}", "net.cidr_expand(\"10.0.0.0/30\")", "graph.reachable({\"a\": [\"b\"], \"b\": [$T]}, {$T})"),
        [Shape.Entries] = Read(
            "{$T: $?, $T: $N}", "object.union($O, $O)", "object.remove($O, $L)", "object.filter($O, $L)", "json.filter($O, [\"k0\", $T])",
            "json.remove($O, [\"k0/a\", $T])", "json.patch($O, [{\"op\": \"add\", \"path\": \"/k2\", \"value\": $?}])", "object.union_n([$O, $O])",
            "{k: v | some k, v in $O}", "json.unmarshal(json.marshal($O))", "{\"a\": $A, \"b\": $S}", "yaml.unmarshal(\"a: [1, yes]\\nb: ~\\n\")"),
    };

    public static CallForm[] Of(Shape shape) => Forms[shape];

    private static CallForm[] Read(params string[] forms) => [.. forms.Select(Read)];

    private static CallForm Read(string form)
    {
        var parts = new List<(string?, Shape)>();
        foreach (var (piece, at) in form.Split('$').Select((piece, at) => (piece, at)))
        {
            if (at == 0)
            {
                parts.Add((piece, default));
                continue;
            }

            parts.Add((null, ShapeOf(piece[0])));
            parts.Add((piece[1..], default));
        }

        return new CallForm(parts);
    }

    private static Shape ShapeOf(char letter) => letter switch
    {
        'N' => Shape.Number,
        'T' => Shape.Text,
        'B' => Shape.Truth,
        'A' => Shape.Numbers,
        'L' => Shape.Texts,
        'S' => Shape.Set,
        'O' => Shape.Entries,
        _ => Shape.Anything,
    };
}
