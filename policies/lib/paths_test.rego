package lib.paths_test

import data.lib.paths

test_globs_that_match if {
	every path, patterns in {
		"a/b.pem": ["**/*.pem", "a/*", "/a/*", "**"],
		"b.pem": ["**/*.pem", "*.pem"],
		"a/b/c": ["/a/**", "a/*/c"],
		"prod/web.yaml": ["**/{prod,production}/**"],
		"deploy/prod/web.yaml": ["**/{prod,production}/**"],
	} {
		every pattern in patterns {
			paths.matches_any(path, ["no/such", pattern])
		}
	}
}

test_globs_that_do_not_match if {
	every path, patterns in {
		"a/b.pem": ["*.pem", "b.pem", "/*.pem"],
		"a/b/c": ["a/*", "b/c"],
		"products/web.yaml": ["**/{prod,production}/**", "prod*"],
	} {
		not paths.matches_any(path, patterns)
	}
}

test_a_renamed_file_has_two_paths if {
	paths.of({"path": "b", "previousPath": "a"}) == {"a", "b"}
	paths.of({"path": "b"}) == {"b"}
}
