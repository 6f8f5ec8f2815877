namespace Portolan.Store.Segments;

/// <summary>Rows by group, and within a group as they came.</summary>
static class RowOrder
{
    public static int[] ByGroup(ReadOnlySpan<int> groups, int count)
    {
        var next = new int[count + 1];
        foreach (int g in groups) next[g + 1]++;
        for (int g = 0; g < count; g++) next[g + 1] += next[g];
        var order = new int[groups.Length];
        for (int row = 0; row < groups.Length; row++) order[next[groups[row]]++] = row;
        return order;
    }

    /// <summary>The other way about: the place of each row in that order.</summary>
    public static int[] PlacesByGroup(ReadOnlySpan<int> groups, int count)
    {
        var next = new int[count + 1];
        foreach (int g in groups)
        {
            if (g < 0) throw new MalformedException("a row without group");
            next[g + 1]++;
        }
        for (int g = 0; g < count; g++) next[g + 1] += next[g];
        var places = new int[groups.Length];
        for (int row = 0; row < groups.Length; row++) places[row] = next[groups[row]]++;
        return places;
    }
}
