# METADATA
# title: Weights of rules
# description: |
#   How heavy a rule's findings are: `deny` blocks, `warn` is shown, `off` is silent. A project sets them in
#   `parameters/data.json`; a rule that is not named there, or whose weight is misspelt, denies.
package lib.weights

default of(_) := "deny"

of(rule) := weight if {
	weight := data.parameters.weights[rule]
	weight in {"warn", "off"}
}
