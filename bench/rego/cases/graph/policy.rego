# What can be reached, and what a walk through a nested document finds.
package bench.graph

reached := graph.reachable(input.graph, input.from)

leaves contains node if {
	some node in reached
	count(input.graph[node]) == 0
}

two_steps contains [start, end] if {
	some start in input.from
	some middle in input.graph[start]
	some end in input.graph[middle]
}

privileged contains value.name if {
	walk(input.tree, [_, value])
	value.privileged == true
}

images contains path if {
	walk(input.tree, [path, value])
	path[count(path) - 1] == "image"
	startswith(value, "registry/7/")
}

decision := {
	"reached": count(reached),
	"leaves": count(leaves),
	"two_steps": count(two_steps),
	"privileged": privileged,
	"images": count(images),
}
