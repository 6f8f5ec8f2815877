using Portolan.Model;
using Portolan.Store.Aql.Plan;

namespace Portolan.Store.Aql.Executor;

/// <summary>
/// Conditions that need nothing but a row's payload are asked while the payload lies in its decompressed frame: nothing is copied, and a frame is opened once
/// a block. A payload is never NULL, so these have two values.
/// </summary>
static class PayloadTest
{
    public static bool Is(Expr e) => e switch
    {
        LikeExpr or MatchesExpr => e.Children[0] is CastExpr { Type: AqlType.Text, Children: [FieldExpr f] } && f.Field == Fields.Payload,
        LogicExpr or NotExpr => e.Children.All(Is),
        _ => false,
    };

    public static bool Holds(Expr e, ReadOnlySpan<byte> payload)
    {
        switch (e)
        {
            case LikeExpr like: return like.Compiled.Matches(payload);
            case MatchesExpr matches: return matches.Pattern.Matches(payload);
            case NotExpr: return !Holds(e.Children[0], payload);
            default:
                bool and = ((LogicExpr)e).And;
                foreach (var term in e.Children)
                    if (Holds(term, payload) != and) return !and;
                return and;
        }
    }
}
