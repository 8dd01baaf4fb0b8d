# METADATA
# title: Cost
# description: |
#   What makes a bill grow without anybody noticing: too many replicas, large requests, volumes and machines, load balancers of one's own,
#   resources that nobody can be asked about. Asked once per document: a Kubernetes manifest or list of them, a plan as
#   `terraform show -json` prints it, or an estimate as `infracost breakdown --format json` and `infracost diff --format json` print it.
#   Documents of other kinds have no findings. A limit that `data.parameters.cost` does not name is no limit.
# custom:
#   input: document
package cost

import data.lib.weights

# METADATA
# entrypoint: true
# description: Findings that block. Each has `msg`, `rule` and the `path` of what is wrong inside the document.
deny contains finding if {
	some finding in findings
	weights.of(finding.rule) == "deny"
}

# METADATA
# entrypoint: true
# description: Findings that are shown and do not block.
warn contains finding if {
	some finding in findings
	weights.of(finding.rule) == "warn"
}
