namespace Portolan.Store.Aql.Executor;

/// <summary>Numbers with NULL for what has no answer: division by zero, a whole number that does not fit, a real one that is not
/// finite.</summary>
static class Arithmetic
{
    public static Vector Run(string op, Vector left, Vector right)
    {
        int n = left.Count;
        var nulls = new bool[n];
        if (left is LongVector a && right is LongVector b && op != "^")
        {
            var results = new long[n];
            for (int i = 0; i < n; i++)
            {
                if (a.IsNull(i) || b.IsNull(i) || !TryWhole(op, a.Values[i], b.Values[i], out results[i])) nulls[i] = true;
            }
            return new LongVector(results, nulls, n);
        }
        var reals = new double[n];
        for (int i = 0; i < n; i++)
        {
            if (left.IsNull(i) || right.IsNull(i))
            {
                nulls[i] = true;
                continue;
            }
            double x = Real(left, i), y = Real(right, i);
            reals[i] = op switch
            {
                "+" => x + y,
                "-" => x - y,
                "*" => x * y,
                "/" => x / y,
                "%" => x % y,
                _ => Math.Pow(x, y),
            };
            nulls[i] = !double.IsFinite(reals[i]);
        }
        return new DoubleVector(reals, nulls, n);
    }

    static double Real(Vector v, int i) => v is LongVector l ? l.Values[i] : ((DoubleVector)v).Values[i];

    static bool TryWhole(string op, long x, long y, out long result)
    {
        result = 0;
        Int128 wide = 0;
        switch (op)
        {
            case "+": wide = (Int128)x + y; break;
            case "-": wide = (Int128)x - y; break;
            case "*": wide = Math.BigMul(x, y); break;
            case "/":
                if (y == 0) return false;
                wide = y == -1 ? -(Int128)x : x / y;
                break;
            case "%":
                if (y == 0) return false;
                wide = y == -1 ? 0 : x % y;
                break;
            case "&": wide = x & y; break;
            case "|": wide = x | y; break;
            case "<<":
                if (y is < 0 or > 63) return false;
                wide = x << (int)y;
                break;
            case ">>":
                if (y is < 0 or > 63) return false;
                wide = x >> (int)y;
                break;
        }
        if (wide < long.MinValue || wide > long.MaxValue) return false;
        result = (long)wide;
        return true;
    }
}
