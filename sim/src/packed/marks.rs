//! What a mark says of a step: claims about steps have a bit each, in their order.

use model::world::World;
use properties::claims::{Claim, Judgement, Transition};
use properties::{PROPERTIES, Property};

/// The claims about steps with their places among `properties`: they have a bit each in a mark, in
/// this order.
pub(super) fn step_claims<'a>(
    properties: &'a [&'static Property],
) -> impl Iterator<Item = (usize, StepClaim)> + 'a {
    let numbered = properties.iter().enumerate();
    numbered.filter_map(|(i, property)| match property.claim {
        Claim::NeverStep(judge) => Some((i, judge)),
        Claim::Always(_) | Claim::AtEnd(_) | Claim::LeadsTo(_) => None,
    })
}

/// What a claim about steps asks.
pub(super) type StepClaim = fn(&World, &Transition<'_>) -> Judgement;

/// How many claims about steps there are.
pub(super) const fn step_claims_max() -> usize {
    let (mut count, mut i) = (0, 0);
    while i < PROPERTIES.len() {
        if matches!(PROPERTIES[i].claim, Claim::NeverStep(_)) {
            count += 1;
        }
        i += 1;
    }
    count
}
