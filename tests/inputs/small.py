"""A small valid model and an experiment over it, written as a user would write them.

A mother and a child, who can die; the child can come into care and leave it; a therapy; one cost of
care and one of therapy.  Files are texts, so that a test can change one word and know its line.
"""

from pathlib import Path

TABLES: dict[str, str] = {
    "sources.csv": """\
name,citation,address,status
life_table,"National life tables, England, 2021 to 2023",https://www.ons.gov.uk,seen
judgement,Judgement of the authors,,assumption
""",
    "traits.csv": """\
name,label,person,kind,role
child.sex,Sex of the child,child,levels,sex
family.poor,"Lives in a poor
neighbourhood (0 no, 1 yes)",family,levels,
mother.aces,Adverse experiences of the mother,mother,levels,
mother.age,Age of the mother at the birth,mother,normal,age
""",
    "trait_levels.csv": """\
trait,level,value,unit,distribution,low,high,group,source,grade
child.sex,0,0.49,probability,fixed,,,,judgement,A
child.sex,1,0.51,probability,fixed,,,,judgement,A
family.poor,0,80,percent,fixed,,,,judgement,B
family.poor,1,20,percent,fixed,,,,judgement,B
mother.aces,0,0.5,probability,dirichlet,0.4,0.6,aces,judgement,C
mother.aces,1,0.3,probability,dirichlet,0.2,0.4,aces,judgement,C
mother.aces,2,0.2,probability,dirichlet,0.1,0.3,aces,judgement,C
mother.age,mean,30,years,normal,29,31,,judgement,B
mother.age,sd,5.5,years,fixed,,,,judgement,B
mother.age,least,14,years,fixed,,,,judgement,B
""",
    "correlations.csv": """\
a,b,value,unit,source,grade
family.poor,mother.aces,0.3,correlation,judgement,C
mother.age,mother.aces,-0.2,correlation,judgement,C
family.poor,mother.age,-0.25,correlation,judgement,C
""",
    "selection.csv": """\
population,trait,at_least,value,unit,source,grade
referred,mother.aces,,1.2,count,judgement,C
referred,mother.aces,2,40,percent,judgement,C
""",
    "subgroups.csv": """\
subgroup,band,label,trait,at_least,below
aces,none,No adverse experiences,mother.aces,,1
aces,some,Adverse experiences,mother.aces,1,
""",
    "states.csv": """\
name,label,person,role,starts_if,ace
child.alive,Child alive,child,alive,,
child.in_care,Child in care,child,,,true
mother.alive,Mother alive,mother,alive,,
""",
    "utilities.csv": """\
state,value,unit,distribution,low,high,source,grade
child.in_care,0.9,utility ratio,beta,0.8,0.97,judgement,C
""",
    "utility_norms.csv": """\
sex,age,value,unit,source,grade
female,0,0.95,utility,judgement,B
female,120,0.6,utility,judgement,B
male,0,0.95,utility,judgement,B
male,120,0.65,utility,judgement,B
""",
    "events.csv": """\
name,label,person,requires,sets,clears,clock,law,average_of,ends,order
child.ageing_out,Leaves care by turning 18,child,child.in_care,,child.in_care,at,,,,
child.care_entry,Comes into care,child,!child.in_care,child.in_care,,age,,at risk,,
child.care_exit,Goes home from care,child,child.in_care,,child.in_care,since,weibull,,,1
child.death,Death of the child,child,,,,age,,,true,
mother.death,Death of the mother,mother,,,,age,,,true,
""",
    "rates/care.csv": """\
event,sex,age_from,age_to,quantity,value,unit,distribution,low,high,source,grade,note
child.ageing_out,,,,age,18,age,fixed,,,judgement,A,
child.care_entry,,0,1,probability,90,"per 10,000",gamma,70,110,judgement,B,"first year,
two lines long"
child.care_entry,,1,18,rate,2.5,"per 1,000 per year",gamma,1.5,4,judgement,B,
child.care_exit,,,,shape,1.2,ratio,lognormal,1,1.44,judgement,C,
child.care_exit,,,,scale,30,months,lognormal,20,45,judgement,C,
""",
    "rates/death.csv": """\
event,sex,age_from,age_to,quantity,value,unit,source,grade
child.death,female,0,18,rate,0.0003,per year,life_table,A
child.death,male,0,18,rate,0.0004,per year,life_table,A
child.death,,18,,rate,0.01,per year,life_table,A
mother.death,,0,120,rate,0.002,per year,life_table,A
""",
    "effects.csv": """\
event,driver,form,level,knot,beyond,cap,age_from,age_to,reference_risk,causal_share,carrier,\
profile,effect_set,value,unit,distribution,low,high,group,source,grade
child.care_entry,family.poor,level,1,,,,0,5,,,,,,3,rate ratio,lognormal,2,4.5,,judgement,B
child.care_entry,mother.aces,per unit,,1,0.5,2,,,0.01,,,,,1.4,odds ratio,lognormal,1.2,1.6,,\
judgement,B
child.death,child.in_care,while,,,,,,,,model.shared.causal_share,family.poor,,,1.5,hazard ratio,\
lognormal,1,2.25,,judgement,C
mother.death,count(child.care_entry),per unit,,,,,,,,,,,,1.1,rate ratio,fixed,,,,judgement,C
child.care_entry,service.therapy,profile,,,,,,,,,,slow,base,0.8,rate ratio,lognormal,0.64,1,\
efficacy,judgement,C
child.care_exit,service.therapy,profile,,,,,,,0.2,,,slow,base,0.1,smd,normal,-0.1,0.3,efficacy,\
judgement,C
child.care_entry,service.therapy,profile,,,,,,,,,,slow,cautious,1,rate ratio,fixed,,,,judgement,C
""",
    "profiles.csv": """\
profile,quantity,value,unit,distribution,low,high,source,grade
slow,hold_to,24,months,uniform,12,36,judgement,C
slow,half_life,3,years,lognormal,1.5,6,judgement,C
slow,floor,0.1,ratio,pert,0,0.4,judgement,C
""",
    "unit_costs.csv": """\
name,label,applies_to,basis,payers,kind,cashable,price_year,index,value,unit,distribution,low,\
high,source,grade
care,A week in care,child.in_care,per week,local_authority 0.9; nhs 0.1,fiscal,0.8,2023/24,flat,\
1200,£,gamma,900,1600,judgement,B
therapy,Therapy,service.therapy,per event,nhs,fiscal,1,2024/25,flat,4500,£,gamma,1900,7500,\
judgement,C
""",
    "payers.csv": "name,label\nlocal_authority,Local authority\nnhs,NHS\n",
    "perspectives.csv": """\
perspective,label,payer,transfers
nhs,NHS,nhs,true
public_sector,Public sector,local_authority,true
public_sector,Public sector,nhs,true
""",
    "price_index.csv": """\
index,year,value,unit,source,grade
flat,2023/24,97,index,judgement,A
flat,2024/25,100,index,judgement,A
""",
    "discounting.csv": """\
scheme,applies_to,from_year,value,unit,source,grade
nice,costs,0,3.5,percent per year,judgement,A
nice,health,0,3.5,percent per year,judgement,A
""",
    "qaly_values.csv": """\
name,label,price_year,value,unit,source,grade
nice_20000,Lower end of the range,2024/25,20000,£,judgement,A
""",
    "measures.csv": """\
name,label,unit,kind,of,costs,better
care_entries,Care entries,entries per family,count,child.care_entry,,lower
ever_in_care,Children ever in care,children per family,first,child.in_care,,lower
cost,Cost,£ per family,cost,,,lower
qalys,QALYs,QALYs per family,qaly,mother child,,higher
to_break_even,Entries to prevent,entries per family,break even,child.care_entry,care,lower
""",
    "model.toml": """\
[family]
entry = { value = -0.5, unit = "years", source = "judgement", grade = "A" }
reference_place = "here"

[shared.causal_share]
value = 0.55
unit = "ratio"
distribution = "triangular"
low = 0.25
high = 0.75
source = "judgement"
grade = "C"

[groups.efficacy]
correlation = { value = 0.6, unit = "correlation", source = "judgement", grade = "C" }
""",
    "service.toml": """\
open = true
effect_set = "base"
capacity = false

[therapy]
label = "Therapy"
only_if = "mother.aces >= 1"
start_share = { value = 80, unit = "percent", source = "judgement", grade = "C" }
antenatal_share = { value = 0.75, unit = "probability", source = "judgement", grade = "C" }
antenatal_start = { value = -0.3, unit = "years", source = "judgement", grade = "C" }
postnatal_start = { value = 8, unit = "weeks", source = "judgement", grade = "C" }
complete_share = { value = 0.6, unit = "probability", source = "judgement", grade = "C" }
dose_complete = { value = 1, unit = "ratio", source = "judgement", grade = "C" }
dose_partial = { value = 0.5, unit = "ratio", source = "judgement", grade = "C" }

[home_visits]
after = "therapy"
start_share = { value = 0.5, unit = "probability", source = "judgement", grade = "C" }
complete_share = { value = 1, unit = "probability", source = "judgement", grade = "C" }
dose_complete = { value = 1, unit = "ratio", source = "judgement", grade = "C" }
dose_partial = { value = 1, unit = "ratio", source = "judgement", grade = "C" }
""",
    "economics.toml": """\
price_year = "2024/25"
default_perspective = "public_sector"
default_discounting = "nice"
default_qaly_value = "nice_20000"
""",
    "places/here.toml": """\
label = "Here"
births = { value = 1700, unit = "births per year", source = "judgement", grade = "B" }

[set."rate.child.care_entry.1-18"]
value = 4
low = 3
high = 5.5
distribution = "gamma"
source = "judgement"
grade = "C"

[set."service.therapy.start_share"]
value = 90
unit = "percent"
source = "judgement"
grade = "C"
""",
    "places/there.toml": """\
label = "There"
births = { value = 900, unit = "births per year", source = "judgement", grade = "B" }
""",
}

EXPERIMENT = """\
title = "A small experiment"
parameters = ["../parameters"]

[cohort]
population = "referred"
place = "here"
families = 200
horizon_years = 18
seed = 1

[money]
price_year = "2024/25"
discounting = "nice"
perspective = "public_sector"
qaly_value = "nice_20000"

[[arm]]
name = "usual care"
comparator = true
set = { "service.open" = false }

[[arm]]
name = "BABS"

[[arm]]
name = "BABS, busy"
[arm.set]
"service.therapy.start_share" = 40
"service.effect_set" = "cautious"

[[analysis]]
kind = "base"
"""


def write_parameters(folder: Path) -> Path:
    """Write the parameter folder and return it."""
    for name, text in TABLES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def write_small(root: Path) -> Path:
    """Write ``parameters`` and ``experiments/small.toml`` under ``root``; return the latter."""
    write_parameters(root / "parameters")
    path = root / "experiments" / "small.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(EXPERIMENT, encoding="utf-8")
    return path
