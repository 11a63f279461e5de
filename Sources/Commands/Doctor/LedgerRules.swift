import Audit
import Ledger
import Model
import Pricing
import Report

/// The ledger: how fresh it is, and what is odd about its requests.
extension Doctor {
  func ingestFindings() -> [Finding] {
    let files = files
    let pending = files.reduce(0) { $0 + $1.pending }
    guard let ledger = facts.ledger else {
      return [
        Finding(
          severity: .problem, id: "never-ingested", what: "nothing was ever ingested",
          why: files.isEmpty
            ? "Routers and clients delete their records; what the ledger holds stays."
            : "\(Display.bytes(pending)) wait in \(Figures.count(files.count, "file")) that routers and clients delete.",
          change: files.max { $0.modified < $1.modified }.map { ingest($0.path) } ?? "ccr-audit init")
      ]
    }
    let age = facts.now - ledger.lastWritten
    guard let first = files.filter({ $0.pending > 0 }).max(by: { $0.modified < $1.modified }), age > 86_400_000 else {
      return [
        Finding(
          severity: .fine, id: "ingest", what: "\(Display.bytes(pending)) not yet ingested",
          why: "The ledger was last written to \(Display.duration(max(0, age))) ago.")
      ]
    }
    return [
      Finding(
        severity: .problem, id: "ingest-stale",
        what: "nothing was ingested for \(Display.duration(age)), and \(Display.bytes(pending)) wait",
        why:
          "The router deletes its logs within hours of much use: a day's log of more than 50 MiB is gone at midnight.",
        change: ingest(first.path))
    ]
  }

  func ledgerFindings() -> [Finding] {
    guard let ledger = facts.ledger else { return [] }
    let odd = ledger.oddities
    var found = sums(ledger.wrongSums)
    var models = ledger.unpriced
    // Of too many to read, those with the most requests.
    if models.count > Self.mostOfAKind { models.sort { ($1.requests, $0.model) < ($0.requests, $1.model) } }
    found += models.map(unpriced)
    for count in odd.disagreements where count.odd > 0 {
      found.append(
        Finding(
          severity: .advice, id: "sources-disagree",
          what:
            "\(Display.text(count.model.description)): for \(count.odd) of \(Figures.count(count.requests, "request")) the "
            + "provider's tokens and the client's differ by more than 1 %",
          why: "The provider's count, as the router's log has it, is the one that is used.",
          change: "none is needed; where it is most of them, compare with the provider's bill"))
    }
    found += unmeasured(odd.unmeasured)
    found += ledger.claims.compactMap(claim)
    if odd.offSessions > 0 {
      found.append(
        Finding(
          severity: .advice, id: "clock-offset",
          what: "the client's clock was off in \(Figures.count(odd.offSessions, "session")), by up to "
            + "\(Display.duration(odd.largestOffset)) \(odd.largestOffset > 0 ? "ahead" : "behind")",
          why: "Their answers were joined by order instead of time; what was never routed is counted on the wrong day.",
          change: "on the client's machine:\n\(Self.clockCure)"))
    }
    if odd.future > 0 {
      found.append(
        Finding(
          severity: .problem, id: "future-requests", what: "\(Figures.count(odd.future, "request")) in the future",
          why:
            "A clock is or was wrong: this machine's or the router's. Prices and days of these requests may be wrong.",
          change: "here and where the router runs:\n\(Self.clockCure)"))
    }
    if !odd.unknownProvider.isEmpty {
      let models = Display.list(odd.unknownProvider.map { "\(Display.text($0.model.model)) (\($0.requests))" })
      found.append(
        Finding(
          severity: .problem, id: "unknown-provider",
          what: "requests whose provider nobody knows: \(models)",
          why:
            "Only a client wrote them down, without who was called, and they have no price: no router's record of them "
            + "was read, and neither its configuration nor the pricing table has the model under exactly one provider.",
          change:
            "add the model to its provider's \"models\" in \(config), or to pricing/PROVIDER.yaml; then ingest into a "
            + "new ledger, or let the next message of the session settle it"))
    }
    return found
  }

  /// Sets a clock by the network.
  private static let clockCure = """
    timedatectl set-ntp true
    on macOS:
    sudo systemsetup -setusingnetworktime on
    """

  private func sums(_ wrong: [DifferingSums]) -> [Finding] {
    guard !wrong.isEmpty else { return [] }
    let tables = wrong.map { "\($0.table) \($0.count)" }.joined(separator: ", ")
    return [
      Finding(
        severity: .problem, id: "wrong-sums", what: "sums of the ledger are not those of its requests (\(tables))",
        why:
          "Something else than ccr-audit wrote to it, or a disk gave back other bytes: reports that read these sums are "
          + "wrong.",
        change: "ccr-audit ledger check\n\(DifferingSums.cure)")
    ]
  }

  /// One finding for each reason, with the models that it holds for.
  private func unmeasured(_ unmeasured: [LedgerOddities.Unmeasured]) -> [Finding] {
    Dictionary(grouping: unmeasured, by: \.reason).sorted { $0.key.word < $1.key.word }.map { reason, counts in
      let models = Display.list(counts.map { "\(Display.text($0.model.description)) (\($0.requests))" })
      let requests = counts.reduce(0) { $0 + $1.requests }
      return Finding(
        severity: .advice, id: "unknown-tokens",
        what: "\(Figures.count(requests, "request")) without known tokens: \(models)",
        why: "Because \(reason.sentence). "
          + (requests == 1
            ? "It counts as a request, and is in no sum of tokens or money."
            : "They count as requests, and are in no sum of tokens or money."),
        change: "what the client or a proxy wrote down of \(requests == 1 ? "it fills it in" : "them fills them in") "
          + "when it is ingested; else the tokens stay unknown")
    }
  }

  private func unpriced(_ unpriced: UnpricedModel) -> Finding {
    // What a plan covers is spelled right.
    let nearest =
      unpriced.offers.isEmpty ? unpriced.nearest.map { Display.text($0.description) }.joined(separator: ", ") : ""
    let plans = unpriced.offers.map { Display.text($0) }.joined(separator: ", ")
    let reason =
      switch unpriced.lack {
      case .ownHardware where plans.isEmpty: "It runs on hardware of your own, which no list prices. "
      case .perhapsOwnHardware: "If it runs on hardware of your own, no list prices it. "
      case .ownHardware:
        "A server of your own answered, which no list prices; it may pass work on to a plan that covers it (\(plans)). "
      case .unpaidTime(let plan): "The plan \(Display.text(plan)), which covers it, is declared for other days. "
      case .mode(let mode): "The table does not know what its mode \(Display.text(mode)) costs. "
      case .price: plans.isEmpty ? "" : "If you pay for one of the plans that cover it (\(plans)), say so. "
      }
    return Finding(
      severity: .problem, id: "unpriced-model",
      what: "\(Display.text(unpriced.model.description)) has no price for "
        + Figures.count(unpriced.requests, "measured request") + (nearest.isEmpty ? "" : "; like it: \(nearest)"),
      why: reason + "Its cost is unknown and is in no sum.",
      change: Cure.command(for: unpriced.model, unpriced.lack, offers: unpriced.offers))
  }

  /// Nothing where the claim is within 1 % of the cost, or nothing can be compared.
  private func claim(_ claim: DoctorFacts.Claim) -> Finding? {
    let difference = claim.claimed - claim.audited
    guard claim.incomparable < claim.requests,
      difference.picodollars.magnitude * 100 > max(claim.claimed, claim.audited).picodollars.magnitude
    else { return nil }
    let plans = claim.plans.sorted().map { Display.text($0) }.joined(separator: ", ")
    let billed =
      claim.unbilled + claim.incomparable == claim.requests
      ? "billed by \(plans.isEmpty ? "nobody (free)" : "plan \(plans)") $0"
      : "audited $\(claim.audited.rounded(places: 2))"
    return Finding(
      severity: .advice, id: "claimed-cost",
      what:
        "\(Display.text(claim.model.description)): list price claimed $\(claim.claimed.rounded(places: 2)), \(billed) "
        + "(\(Figures.count(claim.requests, "request"))"
        + (claim.incomparable > 0 ? ", \(claim.incomparable) of them without price or tokens)" : ")"),
      why: "The router's own cost is list price when it was written, plan or not; reports never use it.",
      change: "none is needed; if the claim is right, correct the model's entry in the pricing table")
  }
}

/// Who else may read what is private.
extension Doctor {
  func modeFindings() -> [Finding] {
    facts.openFiles.map { file in
      Finding(
        severity: file.isSecret ? .problem : .advice, id: "file-mode",
        what: "not for its owner alone: \(SafeText.visible(file.path)) (mode 0\(String(file.mode, radix: 8)))",
        why: "It holds \(file.holds).",
        change: "chmod \(file.isFolder ? "700" : "600") \(Display.argument(file.path))")
    }
  }
}
