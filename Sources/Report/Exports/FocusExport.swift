package import Audit
package import Foundation
import Model
import Pricing

/// Charges as FOCUS 1.2 has them (https://focus.finops.org): all 57 columns, and four of our own, whose names begin with
/// `x_`. What does not apply is empty.
package struct FocusExport: Sendable {
  package var charges: [Charge]
  /// Whose they are: the billing account.
  package var origin: String
  /// Whose days the charges are for.
  package var timeZone: TimeZone

  package init(_ charges: [Charge], origin: String, timeZone: TimeZone) {
    self.charges = charges
    self.origin = origin
    self.timeZone = timeZone
  }

  /// The file, as CSV.
  package var csv: String {
    CSVReport.lines(
      [Self.columns]
        + charges.map { charge in
          let fields = fields(charge)
          return Self.columns.map { fields[$0] ?? "" }
        })
  }

  /// The columns in the order of the file: those of the specification by name, then ours.
  static let columns = [
    "AvailabilityZone", "BilledCost", "BillingAccountId", "BillingAccountName", "BillingAccountType", "BillingCurrency",
    "BillingPeriodEnd", "BillingPeriodStart", "CapacityReservationId", "CapacityReservationStatus", "ChargeCategory",
    "ChargeClass", "ChargeDescription", "ChargeFrequency", "ChargePeriodEnd", "ChargePeriodStart",
    "CommitmentDiscountCategory", "CommitmentDiscountId", "CommitmentDiscountName", "CommitmentDiscountQuantity",
    "CommitmentDiscountStatus", "CommitmentDiscountType", "CommitmentDiscountUnit", "ConsumedQuantity", "ConsumedUnit",
    "ContractedCost", "ContractedUnitPrice", "EffectiveCost", "InvoiceId", "InvoiceIssuerName", "ListCost",
    "ListUnitPrice", "PricingCategory", "PricingCurrency", "PricingCurrencyContractedUnitPrice",
    "PricingCurrencyEffectiveCost", "PricingCurrencyListUnitPrice", "PricingQuantity", "PricingUnit", "ProviderName",
    "PublisherName", "RegionId", "RegionName", "ResourceId", "ResourceName", "ResourceType", "ServiceCategory",
    "ServiceName", "ServiceSubcategory", "SkuId", "SkuMeter", "SkuPriceDetails", "SkuPriceId", "SubAccountId",
    "SubAccountName", "SubAccountType", "Tags", "x_BaselineCost", "x_UnknownRequests", "x_UnpricedRequests",
    "x_UnpricedTokens",
  ]

  private func fields(_ charge: Charge) -> [String: String] {
    let start = charge.days.lowerBound.start(in: timeZone)
    let end = charge.days.upperBound.start(in: timeZone)
    let month = charge.days.lowerBound.firstOfMonth
    let cost = Self.decimal(charge.cost)
    var fields = [
      "BilledCost": cost, "BillingAccountId": origin, "BillingAccountName": origin, "BillingAccountType": "Origin",
      "BillingCurrency": "USD", "BillingPeriodStart": Self.instant(month.start(in: timeZone)),
      "BillingPeriodEnd": Self.instant(month.firstOfNextMonth.start(in: timeZone)),
      "ChargePeriodStart": Self.instant(start), "ChargePeriodEnd": Self.instant(end), "ContractedCost": cost,
      "EffectiveCost": cost, "ListCost": cost, "PricingCurrency": "USD", "PricingCurrencyEffectiveCost": cost,
      "ServiceCategory": "AI and Machine Learning", "ServiceSubcategory": "Generative AI",
      "x_BaselineCost": charge.baselineCost.map(Self.decimal) ?? "",
      "x_UnknownRequests": String(charge.unknownRequests),
      "x_UnpricedRequests": String(charge.unpricedRequests), "x_UnpricedTokens": String(charge.unpricedTokens),
    ]
    if let model = charge.model { usage(charge, of: model, &fields) } else { purchase(charge, &fields) }
    return fields
  }

  private func usage(_ charge: Charge, of model: ModelID, _ fields: inout [String: String]) {
    let (provider, name) = (SafeText.csv(model.provider), SafeText.csv(model.description))
    let meter = charge.tokenClass.map(Self.meter) ?? "Requests without known tokens or price"
    let sku = "\(name) \(charge.tokenClass?.rawValue ?? "unknown")"
    let price = Self.decimal(Money(picodollars: Int128(charge.rate?.picodollarsPerToken ?? 0)))
    fields.merge([
      "ChargeCategory": "Usage", "ChargeFrequency": "Usage-Based", "ChargeDescription": "\(name): \(meter)",
      "ConsumedQuantity": String(charge.tokens), "ConsumedUnit": "Tokens", "ContractedUnitPrice": price,
      "InvoiceIssuerName": provider, "ListUnitPrice": price,
      "PricingCategory": charge.billing == .perToken ? "Standard" : "Other",
      "PricingCurrencyContractedUnitPrice": price,
      "PricingCurrencyListUnitPrice": price, "PricingQuantity": "\(charge.tokens).0", "PricingUnit": "Tokens",
      "ProviderName": provider, "PublisherName": provider, "ResourceId": name,
      "ResourceName": SafeText.csv(model.model), "ResourceType": "Model", "ServiceName": provider, "SkuId": sku,
      "SkuMeter": meter, "SkuPriceId": "\(sku) at \(price)",
    ]) { $1 }
  }

  private func purchase(_ charge: Charge, _ fields: inout [String: String]) {
    let plan = SafeText.csv(charge.billing.plan ?? "")
    let cost = Self.decimal(charge.cost)
    fields.merge([
      "ChargeCategory": "Purchase", "ChargeFrequency": "Recurring", "ChargeDescription": "\(plan): fee of these days",
      "ContractedUnitPrice": cost, "InvoiceIssuerName": plan, "ListUnitPrice": cost, "PricingCategory": "Standard",
      "PricingCurrencyContractedUnitPrice": cost, "PricingCurrencyListUnitPrice": cost, "PricingQuantity": "1.0",
      "PricingUnit": "Plans", "ProviderName": plan, "PublisherName": plan, "ServiceName": plan, "SkuId": "plan \(plan)",
      "SkuMeter": "Plan", "SkuPriceId": "plan \(plan) at \(cost)",
    ]) { $1 }
  }

  private static func meter(_ tokenClass: TokenClass) -> String {
    switch tokenClass {
    case .input: "Input Tokens"
    case .cacheRead: "Cache Read Tokens"
    case .cacheWrite5m: "5-Minute Cache Write Tokens"
    case .cacheWrite1h: "1-Hour Cache Write Tokens"
    case .output: "Output Tokens"
    }
  }

  /// With a decimal point in any case: a column of whole numbers is none of decimals to those who tell by looking.
  private static func decimal(_ money: Money) -> String {
    let text = money.description
    return text.contains(".") ? text : text + ".0"
  }

  private static func instant(_ milliseconds: Int64) -> String { ISOTime.second(milliseconds) }
}
