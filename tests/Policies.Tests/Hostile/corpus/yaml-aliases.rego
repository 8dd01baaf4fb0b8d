# wants: limit_size
# A billion laughs.
package hostile

p := count(yaml.unmarshal("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n⟦1;⟧a1: &a1 [*a0, *a0, *a0, *a0, *a0, *a0, *a0, *a0, *a0]\na2: &a2 [*a1, *a1, *a1, *a1, *a1, *a1, *a1, *a1, *a1]\na3: &a3 [*a2, *a2, *a2, *a2, *a2, *a2, *a2, *a2, *a2]\na4: &a4 [*a3, *a3, *a3, *a3, *a3, *a3, *a3, *a3, *a3]\na5: &a5 [*a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4]\na6: [*a5, *a5, *a5, *a5, *a5, *a5, *a5, *a5, *a5]\n"))
