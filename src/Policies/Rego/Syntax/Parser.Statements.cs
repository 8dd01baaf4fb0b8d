namespace GitOpsGate.Policies.Rego.Syntax;

/// <content>Packages and imports.</content>
internal sealed partial class Parser
{
    private bool _improvedNot;

    private PackageStatement? ParsePackage()
    {
        if (_kind != TokenKind.Package) return null;
        var (place, begin) = (Here, _token.Start);
        if (!ScanToName()) return null;
        switch (ParseTerm())
        {
            case Term.Var name:
                return Marked(new PackageStatement(place, [name.Name], name), begin);
            case Term.Ref { Head: Term.Var first } path:
                return PackagePath(path) is { } rest
                    ? Marked(new PackageStatement(place, [first.Name, .. rest], path), begin)
                    : null;
            case null:
                if (_errors.Count == 0) Error(Here, "expected path");
                return null;
            default:
                Unexpected();
                return null;
        }
    }

    private string[]? PackagePath(Term.Ref path)
    {
        var names = new string[path.Parts.Length - 1];
        for (var i = 0; i < names.Length; i++)
        {
            if (path.Parts[i + 1] is not Term.Constant { Value.AsString: { } text })
            {
                Error(path.Parts[i + 1].Place, $"unexpected {TermKinds.NameOf(path.Parts[i + 1])} token: expecting string");
                return null;
            }

            names[i] = text.Text;
        }

        return names;
    }

    private bool ScanToName()
    {
        ScanAdjacent();
        if (_kind is TokenKind.Dot or TokenKind.LeftBracket) return false;
        if (_kind == TokenKind.Whitespace) Scan();
        if (IsRefKeyword(_kind)) _kind = TokenKind.Identifier;
        if (_kind == TokenKind.Identifier) return true;
        Unexpected();
        return false;
    }

    private ImportStatement? ParseImport()
    {
        if (_kind != TokenKind.Import) return null;
        var (place, begin) = (Here, _token.Start);
        if (!ScanToName()) return null;
        var start = _token.Start;
        var term = ParseTerm();
        var path = term switch
        {
            Term.Var name => Marked(new Term.Ref(name.Place, [name]), start),
            Term.Ref some => some,
            _ => null,
        };
        if (path is null)
        {
            Error(Here, "expected path");
            return null;
        }

        if (PackagePath(path) is not { } names) return null;
        var root = path.HeadName;
        if (root is not ("data" or "input" or "future" or "rego"))
        {
            Error(path.Place, $"unexpected import path, must begin with one of: {{data, future, input, rego}}, got: {path.Head}");
            return null;
        }

        string? alias = null;
        if (_kind == TokenKind.As)
        {
            Scan();
            if (_kind != TokenKind.Identifier || ParseTerm() is not Term.Var name)
            {
                Unexpected("expected var");
                return null;
            }

            alias = name.Name;
        }
        else if (root != "future" && IsVersionKeyword(names.Length == 0 ? root : names[^1]))
        {
            Error(path.Parts[^1].Place,
                $"unexpected import path, must not end with a keyword, got: {(names.Length == 0 ? root : names[^1])}");
        }

        var import = Marked(new Import(place, path, alias), begin);
        if (root == "rego") ImportRego(import, names);
        if (root == "future") ImportFuture(import, names);
        return new ImportStatement(import);
    }

    private bool IsVersionKeyword(string name) =>
        Tokens.Always.ContainsKey(name) || (_options.Version == RegoVersion.V1 && Tokens.Future.ContainsKey(name));

    private void ImportRego(Import import, string[] names)
    {
        if (names is not ["v1"])
        {
            Error(import.Path.Place, $"invalid import `{import.Path}`, must be `rego.v1`");
            return;
        }

        if (import.Alias is not null)
        {
            Error(import.Path.Place, "`rego` imports cannot be aliased");
            return;
        }

        ImportKeywords(Tokens.Future);
    }

    private void ImportFuture(Import import, string[] names)
    {
        if (names.Length == 0 || names[0] != "keywords")
        {
            Error(import.Path.Place, "invalid import, must be `future.keywords`");
            return;
        }

        if (import.Alias is not null)
        {
            Error(import.Path.Place, "`future` imports cannot be aliased");
            return;
        }

        if (names.Length == 1)
        {
            ImportKeywords(Tokens.Future);
            _improvedNot |= _options.Version == RegoVersion.V1;
            return;
        }

        if (names.Length == 2 && names[1] == "not")
        {
            _improvedNot = true;
        }
        else if (names.Length == 2 && Tokens.Future.TryGetValue(names[1], out var kind))
        {
            _keywords[names[1]] = kind;
            if (kind == TokenKind.Every) _keywords["in"] = TokenKind.In;
        }
        else if (names.Length == 2 && _options.AllowExperimental && Tokens.Experimental.TryGetValue(names[1], out kind))
        {
            _keywords[names[1]] = kind;
        }
        else
        {
            Error(import.Path.Place, $"unexpected keyword, must be one of [contains every if in not]");
        }
    }
}
