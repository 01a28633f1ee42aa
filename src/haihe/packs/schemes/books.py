"""The demonstration's books: made up by us in the manner of municipal schemes; no city's text."""

from typing import Final

CATALOGUE: Final = """\
facts:
  industry: {kind: category, zh: 所属行业, en: industry,
             words: {software: {zh: 软件}, chips: {zh: 集成电路}, biomedicine: {zh: 生物医药},
                     equipment: {zh: 装备制造}, logistics: {zh: 物流}, services: {zh: 商务服务},
                     retail: {zh: 商贸}}}
  size: {kind: category, zh: 企业规模, en: size,
         words: {large: {zh: 大型}, medium: {zh: 中型}, small: {zh: 小型}, micro: {zh: 微型}}}
  status: {kind: tags, zh: 资质, en: status,
           words: {high-tech: {zh: 高新技术企业}, specialised: {zh: 专精特新企业},
                   tech-sme: {zh: 科技型中小企业}, unicorn: {zh: 独角兽企业}}}
  registered_here: {kind: yes_no, zh: 在本区登记, en: registered in the zone}
  clean_record: {kind: yes_no, zh: 未列入失信名单, en: no entry in the credit blacklist}
  revenue: {kind: money, zh: 上年度营业收入, en: revenue of last year, low: 0元}
  research: {kind: money, zh: 上年度研发费用, en: research spending of last year, low: 0元}
  taxes: {kind: money, zh: 上年度纳税额, en: taxes of last year}
  staff: {kind: number, unit: 人, zh: 职工人数, en: staff, low: 0}
  patents: {kind: number, unit: 件, zh: 有效发明专利, en: patents in force, low: 0}
  founded: {kind: date, zh: 成立日期, en: founded on}
  equipment_spend: {kind: money, zh: 设备更新投入, en: spending on new equipment, low: 0元}
  loan_interest: {kind: money, zh: 上年度贷款利息, en: loan interest of last year, low: 0元}
  graduates: {kind: number, unit: 人, zh: 新招应届毕业生, en: graduates hired, low: 0}
  compute_spend: {kind: money, zh: 本年度算力支出, en: compute bought this year, low: 0元}
  compute_card_h: {kind: number, unit: 卡时, zh: 本年度算力用量, en: card hours this year, low: 0}
"""

COMPUTE: Final = """\
schemes:
  - id: compute-voucher
    zh: 算力券
    en: Compute voucher
    issuer: {zh: 示范区数据局, en: Data bureau of the zone}
    versions:
      - from: 2026-01-01
        to: 2027-12-31
        status: final
        source: {document: 示范区数〔2026〕3号（演示）}
        automatic: yes
        publish: 0
        parameters:
          cap: {kind: money,
                steps: [{from: 2026-01-01, is: 50万元}, {from: 2027-01-01, is: 30万元}]}
        conditions:
          - {id: here, zh: 在本区登记, en: registered in the zone,
             require: {fact: registered_here, is: yes}}
          - {id: clean, zh: 未列入失信名单, en: no entry in the credit blacklist,
             require: {fact: clean_record, is: yes}}
          - {id: small, zh: 中小微企业, en: "a medium, small or micro enterprise",
             require: {fact: size, in: [medium, small, micro]}}
          - {id: used, zh: 本年度算力支出1万元以上, en: compute worth 10000 yuan bought this year,
             require: {fact: compute_spend, 以上: 1万元}}
        benefit: {share: 30%, of: compute_spend, up_to: {parameter: cap},
                  rounding: {to: 1元, way: down}}
        keeping: {conditions: [here], years: 1}
        cases:
          - {given: {registered_here: yes, clean_record: yes, size: small, compute_spend: 10万元},
             then: eligible, amount: 3万元}
          - {given: {registered_here: yes, clean_record: yes, size: large, compute_spend: 10万元},
             then: not, because: small}
          - {given: {registered_here: yes, size: small, compute_spend: 500万元},
             then: unknown, missing: clean_record}
"""

INNOVATION: Final = """\
schemes:
  - id: research-grant
    zh: 企业研发投入补助
    en: Grant for research spending
    issuer: {zh: 示范区科技局, en: Science bureau of the zone}
    versions:
      - from: 2026-01-01
        to: 2028-12-31
        status: final
        source: {document: 示范区科〔2026〕1号（演示）}
        papers: [{id: audit-report, zh: 上年度审计报告, en: last year's audit report},
                 {id: research-ledger, zh: 研发费用辅助账, en: ledger of research spending}]
        parameters:
          cap: {kind: money, steps: [{from: 2026-01-01, is: 200万元}]}
        conditions:
          - {id: here, zh: 在本区登记, en: registered in the zone,
             require: {fact: registered_here, is: yes}}
          - {id: clean, zh: 未列入失信名单, en: no entry in the credit blacklist,
             require: {fact: clean_record, is: yes}}
          - {id: industry, zh: 软件、芯片、生物医药或装备制造,
             en: "software, chips, biomedicine or equipment",
             require: {fact: industry, in: [software, chips, biomedicine, equipment]}}
          - {id: revenue, zh: 上年度营业收入2000万元以上, en: revenue of 20 million yuan or more,
             require: {fact: revenue, 以上: 2000万元}}
          - {id: patents, zh: 有效发明专利3件以上, en: 3 patents in force or more,
             require: {fact: patents, 以上: 3}}
          - {id: share, zh: 研发费用占营业收入3%以上, en: research at least 3 % of revenue,
             require: {ratio: [research, revenue], 以上: 3%}}
        benefit: {share: 10%, of: research, up_to: {parameter: cap},
                  purses: [{id: city, zh: 市级, en: city, share: 50%},
                           {id: zone, zh: 区级, en: zone, share: 50%}]}
        keeping: {conditions: [here], years: 3}
  - id: high-tech-reward
    zh: 高新技术企业奖励
    en: Reward for high-tech enterprises
    issuer: {zh: 示范区科技局, en: Science bureau of the zone}
    versions:
      - from: 2026-01-01
        status: final
        automatic: yes
        conditions:
          - {id: here, zh: 在本区登记, en: registered in the zone,
             require: {fact: registered_here, is: yes}}
          - {id: clean, zh: 未列入失信名单, en: no entry in the credit blacklist,
             require: {fact: clean_record, is: yes}}
          - {id: status, zh: 高新技术企业, en: a high-tech enterprise,
             require: {fact: status, has: high-tech}}
        benefit: {amount: 20万元}
        keeping: {conditions: [here], years: 3}
  - id: specialised-reward
    zh: 专精特新奖励
    en: Reward for specialised enterprises
    issuer: {zh: 示范区工信局, en: Industry bureau of the zone}
    versions:
      - from: 2026-01-01
        status: final
        automatic: yes
        conditions:
          - {id: here, zh: 在本区登记, en: registered in the zone,
             require: {fact: registered_here, is: yes}}
          - {id: status, zh: 专精特新企业, en: a specialised enterprise,
             require: {fact: status, has: specialised}}
          - {id: age, zh: 成立满3年, en: at least 3 years old, require: {age_of: founded, 以上: 3}}
        benefit: {amount: 30万元}
  - id: equipment-renewal
    zh: 设备更新补贴
    en: Subsidy for new equipment
    issuer: {zh: 示范区工信局, en: Industry bureau of the zone}
    versions:
      - from: 2026-01-01
        to: 2027-06-30
        status: final
        papers: [{id: invoices, zh: 设备发票, en: invoices of the equipment}]
        conditions:
          - {id: here, zh: 在本区登记, en: registered in the zone,
             require: {fact: registered_here, is: yes}}
          - {id: industry, zh: 制造业, en: a maker,
             require: {fact: industry, in: [equipment, chips, biomedicine]}}
          - {id: spend, zh: 设备投入100万元以上, en: a million yuan spent or more,
             require: {fact: equipment_spend, 以上: 100万元}}
        benefit:
          tiers: {of: equipment_spend, progressive: yes,
                  steps: [{from: 0元, share: 10%}, {from: 500万元, share: 5%}]}
          up_to: 300万元
  - id: loan-interest
    zh: 小微企业贷款贴息
    en: Interest subsidy for small enterprises
    issuer: {zh: 示范区金融局, en: Finance bureau of the zone}
    versions:
      - from: 2026-01-01
        status: final
        conditions:
          - {id: here, zh: 在本区登记, en: registered in the zone,
             require: {fact: registered_here, is: yes}}
          - {id: clean, zh: 未列入失信名单, en: no entry in the credit blacklist,
             require: {fact: clean_record, is: yes}}
          - {id: small, zh: 小微企业, en: a small or micro enterprise,
             require: {fact: size, in: [small, micro]}}
          - {id: interest, zh: 有贷款利息支出, en: interest was paid,
             require: {fact: loan_interest, 以上: 1元}}
        benefit: {share: 30%, of: loan_interest, up_to: 20万元}
  - id: graduate-hiring
    zh: 吸纳应届毕业生补贴
    en: Subsidy for hiring graduates
    issuer: {zh: 示范区人社局, en: Labour bureau of the zone}
    versions:
      - from: 2026-03-01
        status: final
        conditions:
          - {id: here, zh: 在本区登记, en: registered in the zone,
             require: {fact: registered_here, is: yes}}
          - {id: hired, zh: 新招应届毕业生1人以上, en: one graduate hired or more,
             require: {fact: graduates, 以上: 1}}
          - {id: staff, zh: 职工人数5人以上, en: a staff of 5 or more,
             require: {fact: staff, 以上: 5}}
        benefit: {each: 2000元, of: graduates, up_to: 10万元}
  - id: headquarters
    zh: 总部企业支持
    en: Support for headquarters
    issuer: {zh: 示范区商务局, en: Commerce bureau of the zone}
    versions:
      - from: 2026-01-01
        status: final
        conditions:
          - {id: here, zh: 在本区登记, en: registered in the zone,
             require: {fact: registered_here, is: yes}}
          - {id: taxes, zh: 上年度纳税1000万元以上, en: taxes of 10 million yuan or more,
             require: {fact: taxes, 以上: 1000万元}}
        benefit: {up_to: 500万元}
stacking:
  - {id: reward-once, zh: 资质奖励就高不重复, en: the higher of the rewards,
     highest: [high-tech-reward, specialised-reward]}
  - {id: yearly-cap, zh: 单个企业年度不超过300万元, en: 3 million yuan an enterprise and year,
     cap: 300万元, per: legal_person,
     of: [research-grant, high-tech-reward, specialised-reward, equipment-renewal]}
"""

BOOKS: Final = {"catalogue": CATALOGUE, "compute": COMPUTE, "innovation": INNOVATION}
