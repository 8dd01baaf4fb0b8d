# wants: eval_conflict_error
# Rules that contradict one another.
package hostile

#> 1000 p := $n
