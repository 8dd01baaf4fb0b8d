# Functions that call functions, in loops.
package bench.functions

registry(image) := split(image, "/")[0]

tag(image) := split(image, ":")[1]

trusted(image) if data.registries[registry(image)].trusted

default weight(_) := 1

weight(container) := 3 if container.cpu >= 300

weight(container) := 2 if {
	container.cpu >= 200
	container.cpu < 300
}

load(pod) := sum([n | some container in pod.containers; n := weight(container) * container.cpu])

over(pod) if load(pod) > data.quota[pod.namespace]

describe(pod, container) := sprintf("%s/%s/%s", [pod.namespace, pod.name, container.name])

untrusted contains describe(pod, container) if {
	some pod in input.pods
	some container in pod.containers
	not trusted(container.image)
}

stale contains describe(pod, container) if {
	some pod in input.pods
	some container in pod.containers
	to_number(tag(container.image)) < 2
}

heavy contains pod.name if {
	some pod in input.pods
	over(pod)
}

decision := {"untrusted": count(untrusted), "stale": count(stale), "heavy": count(heavy)}
