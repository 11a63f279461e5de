import ArgumentParser

/// Where a check and a history take their figures from.
enum CheckSource: String, CaseIterable, ExpressibleByArgument {
  case history
  case ledger
  case fleet
}
