package import Pricing
package import Model

/// What an alert has to say.
package struct AlertMessage: Hashable, Sendable {
  /// A model, and how it did over the day.
  package struct Entry: Hashable, Sendable {
    package var model: ModelID
    /// Cost ÷ baseline cost, a decimal for people (`1.42`).
    package var ratio: String
    /// What the measured requests cost.
    package var cost: Money
    /// What the baseline would have cost for them.
    package var baselineCost: Money
    /// The same with the baseline's own prompt cache, or without it where that one decides; `nil` unless the two are more
    /// than 5 % apart.
    package var otherBaselineCost: Money?
    /// All requests of the day.
    package var requests: Int
    /// Those that cost and ratio cover.
    package var covered: Int
    /// How the ratio went over the last week, in a few words; empty where nothing is known.
    package var weekTrend: String
    /// What to do; empty where there is nothing.
    package var action: String
    /// Whether the provider is inferred for some of the requests: only a client's record tells of them.
    package var isAssumed: Bool

    package init(
      model: ModelID, ratio: String, cost: Money, baselineCost: Money, requests: Int, covered: Int,
      weekTrend: String = "", action: String = "", otherBaselineCost: Money? = nil,
      isAssumed: Bool = false
    ) {
      self.model = model
      self.ratio = ratio
      self.cost = cost
      self.baselineCost = baselineCost
      self.requests = requests
      self.covered = covered
      self.weekTrend = weekTrend
      self.action = action
      self.otherBaselineCost = otherBaselineCost
      self.isAssumed = isAssumed
    }
  }

  /// The audited day.
  package var day: String
  /// The model that everything is compared with.
  package var baselineName: String
  /// Since when the baseline's rates hold.
  package var baselineDate: String
  /// The ratio above which a model is an offender (`1.0`).
  package var limit: String
  /// The models above the limit, the worst first.
  package var offenders: [Entry]
  /// Models that are at or below the limit again.
  package var recovered: [Entry]
  /// Whether it only tests the way.
  package var isTest: Bool
  /// Whose records these are; `nil` where one origin is all there is.
  package var origin: String?
  /// Where the whole report can be read: an address of the web.
  package var reportURL: String?

  package init(
    day: String, baselineName: String, baselineDate: String, limit: String = "1.0", offenders: [Entry] = [],
    recovered: [Entry] = [], isTest: Bool = false
  ) {
    self.day = day
    self.baselineName = baselineName
    self.baselineDate = baselineDate
    self.limit = limit
    self.offenders = offenders
    self.recovered = recovered
    self.isTest = isTest
  }
}
