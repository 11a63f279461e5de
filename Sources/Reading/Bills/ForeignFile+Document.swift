extension ForeignFile {
  /// What a document tells that no format knows.
  init?(_ document: BillJSON, _ items: [BillItem]) {
    let inside = document["data"] ?? document
    let first = items.first?.json
    let status = document["base_resp"]?["status_code"]?.number ?? "0"
    if document["error"] != nil || document["type"]?.text == "error" || status != "0" {
      self = .refusal
    } else if inside["balance_infos"] != nil || inside["available_balance"] != nil || inside["total_credits"] != nil
      || (inside["limit_remaining"] != nil && inside["usage"] != nil)
    {
      self = .balance
    } else if document["daily_costs"] != nil {
      self = .summary("OpenAI's sums by day", instead: "organization/costs with group_by[]=line_item")
    } else if first?["core_metrics"] != nil {
      self = .summary("Anthropic's report of Claude Code", instead: "usage_report/messages with group_by[]=model")
    } else if document["metadata"]?["total_spend"] != nil
      || (first?["spend"] != nil && first?["request_id"] == nil && first?["startTime"] != nil)
    {
      self = .summary("LiteLLM's sums of spend", instead: "/spend/logs with summarize=false")
    } else {
      return nil
    }
  }
}
