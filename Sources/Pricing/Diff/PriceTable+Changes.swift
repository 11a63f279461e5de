package import Model

extension PriceTable {
  /// The instants of a span at which the price of a model's calls, or one that it is compared with, can change. All
  /// others of the `grain` matter to other models alone, and sums of this one may straddle them.
  /// - Parameters:
  ///   - others: the models that it is compared with.
  ///   - span: epoch milliseconds, not empty.
  /// - Returns: `nil` where more than the models' own entries decides: a plan, a part of the span without a price, a
  ///   split or a provider that nobody knows.
  package func changes(
    of model: ModelID, as variant: CallVariant, besides others: [ModelID], in span: Range<Int64>
  ) -> Set<Int64>? {
    guard !variant.isSplitUnknown, !variant.isAssumed, let seller = seller(of: model, at: variant.host),
      !isEverCovered(model), !isEverCovered(seller)
    else { return nil }
    let changes = Set(([model, seller] + others).flatMap(changes)).filter(span.contains)
    let isPriced = ([span.lowerBound] + changes).allSatisfy { instant in
      switch answer(for: model, as: variant, at: instant, prompt: 0) {
      case .perToken, .free: true
      case .plan, .unpriced: false
      }
    }
    return isPriced ? changes : nil
  }

  /// When a model's own entries begin, and those of the models that it stands for.
  private func changes(of name: ModelID) -> Set<Int64> {
    guard let model = find(name)?.model else { return [] }
    return Set(model.prices.map(\.from) + model.succession.map(\.from) + model.succession.map(\.model).flatMap(changes))
  }
}
